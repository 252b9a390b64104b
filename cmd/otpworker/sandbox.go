package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/client/sandbox"
)

func sandboxCommand() *cobra.Command {
	var cfg sandbox.Config
	listen := "127.0.0.1:8090"
	numbers := false
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Run the provider in memory, to try things out without an account",
		Long: `Run the provider's API in memory: same signature, same checks, same status
codes. Nothing leaves this machine. Test numbers give each status; --numbers
lists them. What was accepted is counted at /sandbox/stats.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if numbers {
				return sandbox.WriteNumbers(cmd.OutOrStdout())
			}
			if err := checkSandbox(cfg); err != nil {
				return fail(exitUsage, err)
			}
			return serveSandbox(cmd, cfg, listen)
		},
	}
	f := cmd.Flags()
	f.StringVar(&listen, "listen", listen, "address to listen on")
	f.DurationVar(&cfg.Latency, "latency", 0, "added to each answer")
	f.DurationVar(&cfg.RecordDelay, "record-delay", 0, "how long a send stays invisible to the record query")
	f.DurationVar(&cfg.ClockOffset, "clock-offset", 0, "the provider's clock against this machine's")
	f.BoolVar(&cfg.RefuseRepeats, "refuse-repeats", false, "answer a repeated orderId with -20 instead of sending again")
	f.StringVar(&cfg.UnknownRecord, "unknown-record", "-24", "answer to a record query for an unknown orderId: a status, null or matched3")
	f.BoolVar(&numbers, "numbers", false, "list the test numbers and exit")
	return cmd
}

func checkSandbox(cfg sandbox.Config) error {
	switch {
	case cfg.Latency < 0:
		return errors.New("--latency: must be 0 or more, such as 200ms")
	case cfg.RecordDelay < 0:
		return errors.New("--record-delay: must be 0 or more, such as 2s")
	case !isUnknownRecord(cfg.UnknownRecord):
		return fmt.Errorf("--unknown-record: %q is not null, matched3 or a whole number such as -24", cfg.UnknownRecord)
	}
	return nil
}

func isUnknownRecord(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil || s == sandbox.UnknownNull || s == sandbox.UnknownMatched3
}

func serveSandbox(cmd *cobra.Command, cfg sandbox.Config, listen string) error {
	var lc net.ListenConfig
	listener, err := lc.Listen(cmd.Context(), "tcp", listen)
	if err != nil {
		return fail(exitFailed, fmt.Errorf("start sandbox: %w", err))
	}
	box := sandbox.New(cfg)
	stop := context.AfterFunc(cmd.Context(), func() {
		_ = listener.Close()
		_ = box.Close()
	})
	defer stop()
	_, err = fmt.Fprintf(cmd.OutOrStdout(), `The sandbox listens. A worker uses it with:

export OTPWORKER_PROVIDER_URL=http://%s/otp
export OTPWORKER_API_KEY=%s
export OTPWORKER_API_SECRET=%s

Counts: http://%[1]s/sandbox/stats   Test numbers: http://%[1]s/sandbox/numbers
`, listener.Addr(), sandbox.DefaultKey, sandbox.DefaultSecret)
	if err != nil {
		return fail(exitFailed, err)
	}
	if err := box.Serve(listener); err != nil {
		return fail(exitFailed, fmt.Errorf("serve sandbox: %w", err))
	}
	s := box.Stats()
	fmt.Fprintf(cmd.ErrOrStderr(), "calls %d, accepted %d, sent twice %d, sent too late %d (of %d with a known expiry)\n",
		s.Calls, s.Accepted, s.Repeats, s.Late, s.Expected)
	return nil
}
