package pace

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// The range of a rate, in tokens per second, and how many apps may have one.
const (
	MinRate = 0.01
	MaxRate = 100_000
	MaxApps = 1024
)

// Config is the rates that the whole fleet keeps. While its workers have
// different ones, as during a change, the total is at most the highest, and the
// Logger is told.
type Config struct {
	// Account is the rate of all sends together in tokens per second, 0.01 to
	// 100,000. 0: no limit. Defaults to 0.
	Account float64
	// Apps are the rates of single apps by their id, 0.01 to 100,000 tokens per
	// second, at most 1,024 of them. Defaults to none.
	Apps map[string]float64
	// Now is the worker's clock. Only its speed matters, not what it shows; it
	// must not jump. Defaults to time.Now.
	Now func() time.Time
	// Logger is told when no tokens can be claimed and when they can again, and
	// when another worker has a different rate.
	// Defaults to none.
	Logger *slog.Logger
}

func (c Config) validate(kv jetstream.KeyValue) error {
	var faults []error
	bad := func(field, format string, args ...any) {
		faults = append(faults, fmt.Errorf(field+": "+format, args...))
	}
	inRange := func(field string, rate float64) {
		if !(rate >= MinRate && rate <= MaxRate) {
			bad(field, "%v is not %v to %v tokens per second (example 100)", rate, MinRate, MaxRate)
		}
	}
	if c.Account != 0 {
		inRange("Account", c.Account)
	}
	for app, rate := range c.Apps {
		inRange(fmt.Sprintf("Apps[%q]", app), rate)
		if app == "" {
			bad("Apps", "an app id is empty: name the app (example app1)")
		}
	}
	if len(c.Apps) > MaxApps {
		bad("Apps", "%d are more than %d: limit fewer, or the account", len(c.Apps), MaxApps)
	}
	if kv == nil && (c.Account != 0 || len(c.Apps) > 0) {
		bad("kv", "a rate is set and no bucket to share it in: give one")
	}
	return errors.Join(faults...)
}
