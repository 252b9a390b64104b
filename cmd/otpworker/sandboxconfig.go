package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/otpworker/otpworker/client/sandbox"
)

// config checks the flags; all faults are named at once.
func (o sandboxOptions) config() (sandbox.Config, error) {
	cfg := o.cfg
	var faults []error
	add := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	add(cfg.Latency < 0, "--latency: must be 0 or more, such as 200ms")
	add(cfg.RecordDelay < 0, "--record-delay: must be 0 or more, such as 2s")
	add(cfg.DeliveryDelay < 0, "--delivery-delay: must be 0 or more, such as 3s")
	add(!isStatus(cfg.UnknownID), "--unknown-id: %s is not a whole number such as -24", typed(cfg.UnknownID))
	add(!isUnknownRecord(cfg.UnknownRecord),
		"--unknown-record: %s is not null, matched3 or a whole number such as -24", typed(cfg.UnknownRecord))
	if o.balance != "" {
		cfg.Balance = new(sandbox.Amount)
		err := cfg.Balance.UnmarshalText([]byte(o.balance))
		add(err != nil, "--balance: %w", err)
	}
	if o.price != "" {
		cfg.Price = new(sandbox.Amount)
		err := cfg.Price.UnmarshalText([]byte(o.price))
		add(err != nil, "--price: %w", err)
	}
	return cfg, errors.Join(faults...)
}

func isUnknownRecord(s string) bool {
	return isStatus(s) || s == sandbox.UnknownNull || s == sandbox.UnknownMatched3
}

// isStatus takes what an answer may say no with: 0 is a yes.
func isStatus(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n != 0
}
