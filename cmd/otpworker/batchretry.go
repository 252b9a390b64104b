package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/batchfile"
	"github.com/otpworker/otpworker/worker/queue"
)

// batchRetryFlags are the flags of batch retry-failed.
type batchRetryFlags struct {
	batchFlags
	outcomes []string
	unknown  bool
}

func batchRetryCommand() *cobra.Command {
	o := &batchRetryFlags{}
	o.appLater = true
	cmd := &cobra.Command{
		Use:   "retry-failed <id>",
		Short: "Send the rows of a batch that were not sent once more",
		Long: `Send the rows of a finished batch that were expired, rejected or invalid once more,
as a new batch <id>-r1 (and <id>-r2 of that). The file is the one the batch was
sent from; flags that a row needs, such as --template, are given again.

Rows that may have been sent, outcome unknown, are left out unless --unknown: the
message may come twice then. Rows that were never published have no result and
are left out as well. It works for as long as results are kept, a day.

Each job of the new batch names the one it repeats in its metadata, retryOf, so
that batch results of it takes the same file.

  otpworker batch retry-failed friday --file numbers.csv --template 7 --dry-run
  otpworker batch retry-failed friday --file numbers.csv --template 7 --outcome expired

Exit codes are those of batch send.

` + exitCodes,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.retry(cmd, args[0]) },
	}
	o.common(cmd, "name of the new batch (default <id>-r1)")
	f := cmd.Flags()
	f.StringSliceVar(&o.outcomes, "outcome", []string{"expired", "rejected", "invalid"}, "which rows, comma separated: expired, rejected, invalid")
	f.BoolVar(&o.unknown, "unknown", false, "rows with outcome unknown too: they may have been sent")
	return cmd
}

func (o *batchRetryFlags) retry(cmd *cobra.Command, id string) error {
	if err := o.settle(cmd); err != nil {
		return err
	}
	outcomes, err := o.chosen()
	if err != nil {
		return err
	}
	return withBatches(cmd, func(ctx context.Context, q *queue.Queue) error {
		in, err := readBatchInput(ctx, cmd, q, id, o.file)
		if err != nil {
			return err
		}
		defer func() { _ = in.close() }()
		f, err := o.choose(cmd, in, outcomes)
		if err != nil {
			return err
		}
		if o.dryRun {
			return o.dry(cmd, f, 0)
		}
		return o.run(ctx, cmd, q, f, 0)
	})
}

func (o *batchRetryFlags) chosen() ([]schema.Outcome, error) {
	var outcomes []schema.Outcome
	for _, name := range o.outcomes {
		outcome := schema.Outcome(name)
		if !slices.Contains([]schema.Outcome{schema.OutcomeExpired, schema.OutcomeRejected, schema.OutcomeInvalid}, outcome) {
			return nil, fail(exitUsage, errors.New("--outcome: takes expired, rejected and invalid; for rows that may have been sent give --unknown"))
		}
		outcomes = append(outcomes, outcome)
	}
	if o.unknown {
		outcomes = append(outcomes, schema.OutcomeUnknown)
	}
	return outcomes, nil
}

// choose finds the rows to retry, and names the new batch.
func (o *batchRetryFlags) choose(cmd *cobra.Command, in *batchInput, outcomes []schema.Outcome) (*batchfile.File, error) {
	b := in.batch
	digest := batchfile.Digest(b.Digest)
	switch {
	case b.State != queue.BatchFinished:
		return nil, fail(exitFailed, fmt.Errorf("batch %s is %s: wait for its end, or cancel it", b.ID, b.State))
	case digest.Options().MakeCodes && o.codesOut == "":
		return nil, fail(exitUsage, fmt.Errorf("--codes-out: is missing: the codes of batch %s were made, and the new ones need a file of their own", b.ID))
	case !digest.Options().MakeCodes && o.codesOut != "":
		return nil, fail(exitUsage, fmt.Errorf("--codes-out: the codes of batch %s are in its file", b.ID))
	}
	kept := uint64(0)
	for _, n := range in.answers.Counts {
		kept += uint64(n)
	}
	if all := total(b.Counts); kept < all {
		fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d results are not kept any more: their rows are left out\n", all-kept, all)
	}
	o.job.AppID = b.AppID
	f, err := in.file.Retry(in.answers, outcomes, batchfile.Options{Defaults: o.job})
	if errors.Is(err, batchfile.ErrNoRows) {
		return nil, fail(exitFailed, fmt.Errorf("batch %s has no row to retry", b.ID))
	}
	if err != nil {
		return nil, fail(exitUsage, err)
	}
	if o.id == "" {
		o.id = batchfile.RetryID(b.ID, digest)
	}
	if schema.CheckBatchID(o.id) != nil {
		return nil, fail(exitUsage, errors.New("--id: is missing: the new batch's own name would be longer than 48 characters"))
	}
	return f, nil
}

func total(counts schema.Counts) (n uint64) {
	for _, one := range counts {
		n += one
	}
	return n
}
