package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/worker/batchfile"
	"github.com/otpworker/otpworker/worker/queue"
)

func batchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "batch",
		Short: "Send a file of many numbers, and watch, stop and repeat it",
		Long: `A batch is a file of numbers that is sent as one, of one app. Its record and its
counts are kept by the queue for three days after the last change, its results
for a day. A run that ends early, however it ends, is taken up by the same command
once more: nothing is sent twice.

  otpworker batch send --file numbers.csv --app myapp01 --template 7 --id friday
  otpworker batch status friday
  otpworker batch results friday --file numbers.csv --out results.csv
  otpworker batch retry-failed friday --file numbers.csv --template 7

` + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(batchSendCommand(), batchStatusCommand(), batchWatchCommand(),
		batchMoveCommand(pauseMove), batchMoveCommand(resumeMove), batchMoveCommand(cancelMove),
		batchResultsCommand(), batchRetryCommand(), batchListCommand())
	return cmd
}

// withBatches is withApp for what works on batches.
func withBatches(cmd *cobra.Command, use func(context.Context, *queue.Queue) error) error {
	return withApp(cmd, func(ctx context.Context, q *queue.Queue) error {
		return batchFailure(ctx, use(ctx, q))
	})
}

// maybeNumber finds an id without a letter: in place of an id a number is typed
// easily, and it is not to be told.
var maybeNumber = regexp.MustCompile(`batch [-_0-9]+:`)

// batchFailure gives an error its exit code.
func batchFailure(ctx context.Context, err error) error {
	var f *failure
	switch {
	case err == nil, errors.As(err, &f):
		return err
	case ctx.Err() != nil:
		return fail(exitInterrupted, errors.New("interrupted"))
	case errors.Is(err, batchfile.ErrOtherInput):
		return fail(exitUsage, err)
	case errors.Is(err, queue.ErrNoBatch):
		if maybeNumber.MatchString(err.Error()) {
			err = queue.ErrNoBatch
		}
		return fail(exitFailed, fmt.Errorf("%w; otpworker batch ls lists those that are kept", err))
	case queue.NoBatches(err):
		return publishFailure(fmt.Errorf("%w: %w", queue.ErrNoQueue, err))
	}
	return publishFailure(err)
}
