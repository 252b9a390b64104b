package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/worker/bench"
	"github.com/otpworker/otpworker/worker/queue"
)

func benchCommand() *cobra.Command {
	o := newBenchOptions()
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure how fast a worker is here and what it costs",
		Long: `Publish a backlog of jobs, have a worker send them to the provider sandbox, and
print jobs per second, CPU seconds per 100,000 jobs of each process, and memory.
With --rate jobs also come at that rate, and the times from publish to result are
printed; --jobs 0 leaves the backlog out.

The worker, the sandbox and a NATS server each run in a process of their own, new
for each measurement; nothing leaves this machine and nothing is left on it. With
--nats or NATS_URL a given NATS is used instead: one that has the streams of
otpworker already is refused, since its workers would take the jobs.

The contender "bare" is a hand-written loop without any of the worker's promises:
the measure of what there is to be had from this machine. Compare ratios, of
contenders that run in turn; absolute figures drift by some ten percent.

  otpworker bench --jobs 50000 --rounds 5
  otpworker bench --contender worker --latency 200ms --slots 512 --rate 1000
  otpworker bench goals

Exit codes:
  0  measured; every job was sent once and has its result
  1  jobs were lost, sent twice or sent too late, or an unexpected error
  2  wrong flags or configuration, or a NATS with streams; every fault is listed
  3  NATS cannot be reached
  130  interrupted before it was done`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			plan, err := o.plan(cmd)
			if err != nil {
				return err
			}
			return benchFailure(cmd.Context(), plan.run(cmd))
		},
	}
	o.flags(cmd)
	cmd.AddCommand(benchGoalsCommand(), benchProcessCommand())
	return cmd
}

// benchProcessCommand is a process of a bench.
func benchProcessCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "process",
		Short:  "One process of a bench",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// A signal from the terminal reaches all processes of a bench; the
			// one that measures ends the others.
			ctx := context.WithoutCancel(cmd.Context())
			return fail(exitFailed, bench.Play(ctx, cmd.InOrStdin(), cmd.OutOrStdout()))
		},
	}
}

// bench makes a bench whose processes are this program.
func (o *benchCommon) bench(q queue.Config) (*bench.Bench, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fail(exitFailed, err)
	}
	if o.profiles != "" {
		if err := os.MkdirAll(o.profiles, 0o755); err != nil {
			return nil, fail(exitFailed, err)
		}
	}
	return &bench.Bench{
		Queue:    q,
		Quiet:    o.quiet,
		Profiles: o.profiles,
		Command: func(ctx context.Context) *exec.Cmd {
			cmd := exec.CommandContext(ctx, program, "bench", "process")
			cmd.Args[0] = os.Args[0]
			return cmd
		},
	}, nil
}

// benchFailure gives an error its exit code.
func benchFailure(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if _, done := errors.AsType[*failure](err); done {
		return err
	}
	_, inUse := errors.AsType[*bench.InUseError](err)
	switch {
	case ctx.Err() != nil:
		return fail(exitInterrupted, errors.New("interrupted"))
	case inUse:
		return fail(exitUsage, err)
	case errors.Is(err, queue.ErrUnreachable):
		return fail(exitUnreachable, fmt.Errorf("%w\nNATS_URL or --nats names it", err))
	}
	return fail(exitFailed, err)
}
