package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

func resultsCommand() *cobra.Command {
	var (
		since          = time.Hour
		once           bool
		batch, outcome string
		output         string
	)
	cmd := &cobra.Command{
		Use:   "results",
		Short: "Follow results as they come",
		Long: `Print the results of the last hour, or of --since, and then each new one until
interrupted; with --once stop at the newest. Results are kept for a day.

Following has no other end than Ctrl-C or SIGTERM: it exits with 0 then.

` + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			results, err := newPrinter(cmd.OutOrStdout(), output)
			if err != nil {
				return err
			}
			if outcome != "" && !slices.Contains(schema.Outcomes(), schema.Outcome(outcome)) {
				return fail(exitUsage, fmt.Errorf("--outcome: %q is not sent, rejected, expired, unknown or invalid", outcome))
			}
			wanted := func(r schema.Result) bool {
				return (batch == "" || r.BatchID == batch) && (outcome == "" || string(r.Outcome) == outcome)
			}
			return withApp(cmd, func(ctx context.Context, q *queue.Queue) error {
				return follow(ctx, cmd, q, queue.Follow{Since: time.Now().Add(-since), Once: once}, wanted, results)
			})
		},
	}
	f := cmd.Flags()
	f.DurationVar(&since, "since", since, "how far back to begin")
	f.BoolVar(&once, "once", false, "stop at the newest result")
	f.StringVar(&batch, "batch", "", "only results of this batch")
	f.StringVar(&outcome, "outcome", "", "only sent, rejected, expired, unknown or invalid")
	f.StringVarP(&output, "output", "o", "table", outputHelp)
	return cmd
}

func follow(ctx context.Context, cmd *cobra.Command, q *queue.Queue, f queue.Follow, wanted func(schema.Result) bool, results *printer) error {
	if _, err := q.LastResult(ctx); err != nil {
		return publishFailure(err)
	}
	empty := true
	for result, err := range q.Results(ctx, f) {
		if err != nil {
			empty = false
			fmt.Fprintln(cmd.ErrOrStderr(), "otpworker:", err)
			continue
		}
		if !wanted(result) {
			continue
		}
		empty = false
		if err := results.result(result); err != nil {
			return fail(exitFailed, err)
		}
	}
	if f.Once && empty && ctx.Err() == nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "no results since", f.Since.Format(time.DateTime))
	}
	return nil
}
