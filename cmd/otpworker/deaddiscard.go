package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/worker/queue"
)

func deadDiscardCommand() *cobra.Command {
	o := deadOptions{unreadable: true}
	cmd := &cobra.Command{
		Use:   "discard {<seq|id>... | --reason R | --app A | --all}",
		Short: "Remove dead letters for good",
		Long: `Remove dead letters, and overwrite them on the broker's disk. It asks first; where
it cannot, --yes must be given.

` + exitCodes,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(args); err != nil {
				return err
			}
			if !o.yes && !o.dryRun && !isTerminal(cmd.InOrStdin()) {
				return fail(exitUsage, errors.New("discard cannot ask here: give --yes, or --dry-run to look first"))
			}
			deeds, err := newPrinter(cmd.OutOrStdout(), o.output)
			if err != nil {
				return err
			}
			return withDead(cmd, func(ctx context.Context, q *queue.Queue) error {
				return discardDead(ctx, cmd, q, o, args, deeds)
			})
		},
	}
	o.flags(cmd)
	return cmd
}

func discardDead(ctx context.Context, cmd *cobra.Command, q *queue.Queue, o deadOptions, args []string, deeds *printer) error {
	views, err := o.chosen(ctx, cmd, q, args)
	if err != nil {
		return err
	}
	if len(views) > 0 && !o.yes && !o.dryRun && !ask(ctx, cmd, fmt.Sprintf("discard %s for good?", count(len(views)))) {
		return fail(exitFailed, errors.New("nothing discarded"))
	}
	for _, v := range views {
		d := deed{Done: "would discard"}
		if !o.dryRun {
			if err := q.Discard(ctx, v.Seq); err != nil {
				return err
			}
			d.Done = "discarded"
		}
		if err := deeds.deed(v, d); err != nil {
			return err
		}
	}
	verb := "discarded"
	if o.dryRun {
		verb = "would be discarded"
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s %s\n", count(len(views)), verb)
	return nil
}
