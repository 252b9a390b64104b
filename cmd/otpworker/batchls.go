package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

func batchListCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     "ls",
		Aliases: []string{"list"},
		Short:   "List batches, the newest last",
		Long: `List the batches that are kept, the newest last: each with its counts.

  otpworker batch ls

` + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := newPrinter(cmd.OutOrStdout(), output)
			if err != nil {
				return err
			}
			return withBatches(cmd, func(ctx context.Context, q *queue.Queue) error {
				return listBatches(ctx, cmd, q, list)
			})
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "table", outputHelp)
	return cmd
}

func listBatches(ctx context.Context, cmd *cobra.Command, q *queue.Queue, list *printer) error {
	all, err := q.Batches(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "no batches")
	}
	now := time.Now()
	for _, b := range all {
		status, err := q.BatchStatus(ctx, b)
		if err != nil {
			return err
		}
		if err := list.batch(viewOfBatch(status), now); err != nil {
			return err
		}
	}
	return nil
}

func (p *printer) batch(v batchView, now time.Time) error {
	if p.ndjson {
		data, err := json.Marshal(v)
		if err == nil {
			_, err = fmt.Fprintf(p.w, "%s\n", data)
		}
		return err
	}
	const row = "%-16s %-12s %-20s %4s %9v %11v %9v %9v %9v %9v %9v\n"
	if !p.begun {
		p.begun = true
		if _, err := fmt.Fprintf(p.w, row, "BATCH", "APP", "STATE", "AGE", "ROWS", "UNPUBLISHED", "WAITING", "SENT", "REJECTED", "EXPIRED", "OTHER"); err != nil {
			return err
		}
	}
	c := v.Counts
	_, err := fmt.Fprintf(p.w, row, v.ID, v.AppID, v.stateText(), age(now.Sub(v.CreatedAt)), v.Rows, v.Unpublished, v.Waiting,
		c[schema.OutcomeSent], c[schema.OutcomeRejected], c[schema.OutcomeExpired], c[schema.OutcomeUnknown]+c[schema.OutcomeInvalid])
	return err
}
