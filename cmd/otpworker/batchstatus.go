package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/worker/batchfile"
	"github.com/otpworker/otpworker/worker/queue"
)

func batchStatusCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "status <id>",
		Short: "Count a batch",
		Long: `Count the rows of a batch, as the queue has them at this moment:

  rows = unpublished + waiting + sent + rejected + expired + unknown + invalid

A row that is waiting is in the queue or with a worker.

  otpworker batch status friday
  otpworker batch status friday -o json

` + exitCodes,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkBatchOutput(output); err != nil {
				return err
			}
			return withBatches(cmd, func(ctx context.Context, q *queue.Queue) error {
				status, err := batchStatus(ctx, q, args[0])
				if err != nil {
					return err
				}
				return printBatch(cmd.OutOrStdout(), output, status)
			})
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	return cmd
}

func batchWatchCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "watch <id>",
		Short: "Watch a batch until it has finished",
		Long: `Show how far a batch is, as a bar on a terminal and as a line every 10 seconds
elsewhere, until it has finished, and then its counts. To stop watching does
nothing to the batch.

  otpworker batch watch friday

Exit codes are 0 if all rows were sent, 1 if some were not.

` + exitCodes,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkBatchOutput(output); err != nil {
				return err
			}
			return withBatches(cmd, func(ctx context.Context, q *queue.Queue) error {
				status, err := awaitBatch(ctx, q, args[0], newProgress(cmd.ErrOrStderr()))
				if err != nil {
					return err
				}
				return errors.Join(printBatch(cmd.OutOrStdout(), output, status), sentVerdict(status, 0))
			})
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	return cmd
}

func checkBatchOutput(output string) error {
	if output != "table" && output != "json" {
		return fail(exitUsage, fmt.Errorf("--output: %q is not table or json", output))
	}
	return nil
}

func batchStatus(ctx context.Context, q *queue.Queue, id string) (queue.BatchStatus, error) {
	b, err := q.Batch(ctx, id)
	if err != nil {
		return queue.BatchStatus{}, err
	}
	return q.BatchStatus(ctx, b)
}

// awaitBatch shows the progress of a batch to its end.
func awaitBatch(ctx context.Context, q *queue.Queue, id string, progress *batchProgress) (queue.BatchStatus, error) {
	status, err := batchfile.Await(ctx, q, id, progress.observe)
	progress.end()
	if ctx.Err() != nil {
		return status, fail(exitInterrupted, fmt.Errorf("interrupted; batch %s goes on: otpworker batch watch %[1]s", id))
	}
	return status, err
}
