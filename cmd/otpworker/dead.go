package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/worker/queue"
)

func deadCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dead",
		Short: "List, show, replay and discard dead letters",
		Long: `A dead letter is a copy of a job that a person should look at: one that is
malformed, that may have been sent and nobody could say, or that killed its
worker. They are kept for three days. Codes are never shown, of a number the
last four digits.

  otpworker dead ls --reason unreachable
  otpworker dead replay --reason unreachable --dry-run

` + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(deadListCommand(), deadShowCommand(), deadReplayCommand(), deadDiscardCommand())
	return cmd
}

// withDead is withApp for what works on dead letters.
func withDead(cmd *cobra.Command, use func(context.Context, *queue.Queue) error) error {
	return withApp(cmd, func(ctx context.Context, q *queue.Queue) error {
		err := use(ctx, q)
		var f *failure
		switch {
		case err == nil, errors.As(err, &f):
			return err
		case ctx.Err() != nil:
			return fail(exitInterrupted, errors.New("interrupted"))
		case errors.Is(err, queue.ErrNoQueue):
			return publishFailure(err)
		}
		return fail(exitFailed, err)
	})
}

// count is "1 letter" or "2 letters".
func count(n int) string {
	return plural(n, "letter")
}
