package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/worker/queue"
)

// A batchMove is a state that a person may bring a batch into.
type batchMove struct {
	use, short, long string
	to               queue.BatchState
	done             string
	asks             bool
}

var (
	pauseMove = batchMove{
		use: "pause", to: queue.BatchPaused, done: "paused", short: "Stop a batch for a while",
		long: `Stop a batch within a second or two: no worker sends more of it, and its sender
publishes no more. What waits in the queue keeps its place and expires in time;
rows that are not published yet do not age.`,
	}
	resumeMove = batchMove{
		use: "resume", to: queue.BatchOpen, done: "goes on", short: "Let a paused batch go on",
		long: `Let a paused batch go on. If its sender is gone as well, run the same batch send
once more.`,
	}
	cancelMove = batchMove{
		use: "cancel", to: queue.BatchCancelled, done: "cancelled", short: "End a batch for good", asks: true,
		long: `End a batch for good, on all workers within about a second. Each job that waits
gets its result: expired, reason cancelled. It asks first; where it cannot, --yes
must be given.`,
	}
)

func batchMoveCommand(m batchMove) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   m.use + " <id>",
		Short: m.short,
		Long:  m.long + "\n\n  otpworker batch " + m.use + " friday\n\n" + exitCodes,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if m.asks && !yes && !isTerminal(cmd.InOrStdin()) {
				return fail(exitUsage, fmt.Errorf("%s cannot ask here: give --yes, or look first with otpworker batch status", m.use))
			}
			return withBatches(cmd, func(ctx context.Context, q *queue.Queue) error {
				if m.asks && !yes {
					if err := m.confirm(ctx, cmd, q, args[0]); err != nil {
						return err
					}
				}
				return m.run(ctx, cmd, q, args[0])
			})
		},
	}
	if m.asks {
		cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	}
	return cmd
}

func (m batchMove) confirm(ctx context.Context, cmd *cobra.Command, q *queue.Queue, id string) error {
	s, err := batchStatus(ctx, q, id)
	if err != nil {
		return err
	}
	question := fmt.Sprintf("%s batch %s of %s for good? %d of %d rows have no result yet", m.use, s.ID, s.AppID, s.Unpublished+s.Waiting, s.Rows)
	if !s.Ended() && !ask(ctx, cmd, question) {
		return fail(exitFailed, errors.New("nothing was changed"))
	}
	return nil
}

func (m batchMove) run(ctx context.Context, cmd *cobra.Command, q *queue.Queue, id string) error {
	b, err := q.ChangeBatch(ctx, id, func(b *queue.Batch) error { return b.Move(m.to) })
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "batch %s %s\n", b.ID, m.done)
	return err
}
