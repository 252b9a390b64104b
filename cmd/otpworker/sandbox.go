package main

import (
	"context"
	"fmt"
	"net"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/client/sandbox"
)

// sandboxOptions are the flags.
type sandboxOptions struct {
	cfg            sandbox.Config
	listen         string
	balance, price string
	numbers, quiet bool
}

func sandboxCommand() *cobra.Command {
	o := sandboxOptions{listen: "127.0.0.1:8090"}
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Run the provider in memory, to try things out without an account",
		Long: `Run the provider's API in memory: same signature, same checks, same status
codes. Nothing leaves this machine. Each message is printed, with its code, and
stands in the inbox at /. Test numbers give each status; --numbers lists them.
What was accepted is counted at /sandbox/stats.

It misbehaves on demand, for the next so many calls or until {} is put:
  curl -X PUT localhost:8090/sandbox/fault -d '{"http":503,"times":20}'
  curl -X PUT localhost:8090/sandbox/fault -d '{"throttle":7,"times":1}'
Other faults: "latency":"2s", hang, drop (before, after), redirect, garbage, html,
cutBody, status. PUT /sandbox/expiry/<orderId> tells it when a code expires, so
that it counts late sends; POST /sandbox/clock moves its clock.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.numbers {
				return sandbox.WriteNumbers(cmd.OutOrStdout())
			}
			cfg, err := o.config()
			if err != nil {
				return fail(exitUsage, err)
			}
			return serveSandbox(cmd, cfg, o)
		},
	}
	o.flags(cmd)
	return cmd
}

func (o *sandboxOptions) flags(cmd *cobra.Command) {
	f, cfg := cmd.Flags(), &o.cfg
	f.StringVar(&o.listen, "listen", o.listen, "address to listen on")
	f.BoolVar(&cfg.Strict, "strict", false, "refuse apps, templates and flows that were not added")
	f.StringVar(&cfg.UnknownID, "unknown-id", "-24", "status for what --strict refuses")
	f.StringVar(&o.balance, "balance", "", "money of the account, such as 12.50; unset: without end")
	f.StringVar(&o.price, "price", "", "of a message, 0 is free; unset: 0.01 with --balance, else 0")
	f.StringSliceVar(&cfg.SensitiveWords, "sensitive-words", nil, "words to refuse with -29, comma separated")
	f.DurationVar(&cfg.DeliveryDelay, "delivery-delay", 0, "how long a message is being sent")
	f.DurationVar(&cfg.Latency, "latency", 0, "added to each answer")
	f.DurationVar(&cfg.RecordDelay, "record-delay", 0, "how long a send stays invisible to the record queries")
	f.DurationVar(&cfg.ClockOffset, "clock-offset", 0, "the provider's clock against this machine's")
	f.BoolVar(&cfg.RefuseRepeats, "refuse-repeats", false, "answer a repeated orderId with -20 instead of sending again")
	f.StringVar(&cfg.UnknownRecord, "unknown-record", "-24", "answer to a record query for an unknown id: a status, null or matched3")
	f.BoolVar(&o.quiet, "quiet", false, "print no messages")
	f.BoolVar(&o.numbers, "numbers", false, "list the test numbers and exit")
}

func serveSandbox(cmd *cobra.Command, cfg sandbox.Config, o sandboxOptions) error {
	var lc net.ListenConfig
	listener, err := lc.Listen(cmd.Context(), "tcp", o.listen)
	if err != nil {
		return fail(exitFailed, fmt.Errorf("start sandbox: %w", err))
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), `The sandbox listens. A worker uses it with:

export OTPWORKER_PROVIDER_URL=http://%s/otp
export OTPWORKER_API_KEY=%s
export OTPWORKER_API_SECRET=%s

Inbox: http://%[1]s/   Counts: http://%[1]s/sandbox/stats   Test numbers: http://%[1]s/sandbox/numbers
`, listener.Addr(), sandbox.DefaultKey, sandbox.DefaultSecret)
	if err != nil {
		_ = listener.Close()
		return fail(exitFailed, err)
	}
	if !o.quiet {
		t := newTeller(cmd.OutOrStdout())
		defer t.end()
		cfg.OnMessage = t.tell
	}
	box := sandbox.New(cfg)
	if err := serveUntilDone(cmd.Context(), box, listener); err != nil {
		return fail(exitFailed, err)
	}
	s := box.Stats()
	fmt.Fprintf(cmd.ErrOrStderr(), "calls %d, accepted %d, sent twice %d, sent too late %d (of %d with a known expiry)\n",
		s.Calls, s.Accepted, s.Repeats, s.Late, s.Expected)
	return nil
}

// serveUntilDone returns when nothing of the sandbox runs any more.
func serveUntilDone(ctx context.Context, box *sandbox.Sandbox, listener net.Listener) error {
	closed := make(chan error, 1)
	shut := func() {
		_ = listener.Close()
		closed <- box.Close()
	}
	stop := context.AfterFunc(ctx, shut)
	err := box.Serve(listener)
	if stop() {
		shut()
	}
	if fault := <-closed; err == nil {
		err = fault
	}
	return err
}
