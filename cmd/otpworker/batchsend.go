package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/worker/batchfile"
	"github.com/otpworker/otpworker/worker/queue"
)

func batchSendCommand() *cobra.Command {
	o := &batchFlags{}
	cmd := &cobra.Command{
		Use:   "send",
		Short: "Check a file of numbers, send it, and see it to its end",
		Long: `Check every row of a file, say when it will end, send it, and wait for its end.

The file is a CSV with a header or NDJSON, gzipped or not; - reads standard input.
Columns: to, code, templateId, flowId, channel, ttlSeconds, orderId, replyTo and
metadata.<key>; what a row leaves out is taken from the flags.

Before anything is sent every row is checked. A bad row stops the command; with
--errors bad rows go to that file, readable by this user only, and the others are
sent. A row stands there as it came, with its line and the reason: of a CSV in
the first columns, row and reason, of NDJSON in a line above that begins with #.
Once mended that file can be sent as it is. A number that stands there twice is a
bad row, unless --allow-duplicates. A quote astray in a CSV is no bad row: it hides
where the next one begins, and ends the command.

Codes come from the column code. With --codes-out rows without one get a code,
written to that file (row, jobId, to, code) before it is sent, and nowhere else.

The same command once more goes on where an earlier run stopped, also after kill
-9, and sends nothing twice: it knows the batch by its id, which is made from the
file and the flags unless --id names it. Of two at once the later one goes on.

Ctrl-C stops publishing; what is in the queue is sent. A batch that is all
published needs this command no more.

  otpworker batch send --file numbers.csv --app myapp01 --template 7 --dry-run
  otpworker batch send --file numbers.csv.gz --app myapp01 --template 7 --errors bad.csv
  otpworker batch send --file numbers.csv --app myapp01 --codes-out codes.csv --code-length 6
  zcat numbers.gz | otpworker batch send --file - --app myapp01 --id friday --detach

Exit codes are 0 if all rows were sent, 1 if some were not, 2 if there are bad
rows and no --errors; a batch that had finished before is 0.

` + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.send(cmd) },
	}
	o.common(cmd, "name of the batch, 1 to 48 characters of A-Z a-z 0-9 _ - (default made from the file and the flags)")
	f := cmd.Flags()
	f.StringVar(&o.job.AppID, "app", "", "the provider's app id")
	f.StringVar(&o.errors, "errors", "", "file for bad rows as they came and their reason; the others are sent")
	f.BoolVar(&o.duplicates, "allow-duplicates", false, "send to a number on each of its rows")
	_ = cmd.MarkFlagFilename("errors")
	return cmd
}

func (o *batchFlags) send(cmd *cobra.Command) error {
	if err := o.settle(cmd); err != nil {
		return err
	}
	ctx := cmd.Context()
	source, err := batchfile.Open(o.file, cmd.InOrStdin())
	if err != nil {
		return fail(exitUsage, fmt.Errorf("--file: %w", err))
	}
	defer func() { _ = source.Close() }()
	f, bad, err := o.checkFile(ctx, cmd, source)
	if err != nil {
		return err
	}
	if o.id == "" {
		o.id = f.Digest.DefaultID()
	}
	if o.dryRun {
		return o.dry(cmd, f, bad)
	}
	return withBatches(cmd, func(ctx context.Context, q *queue.Queue) error { return o.run(ctx, cmd, q, f, bad) })
}

// dry says what would be sent.
func (o *batchFlags) dry(cmd *cobra.Command, f *batchfile.File, bad int) error {
	rate := o.chosenRate()
	forecast := batchfile.Forecast{Rate: rate, Rows: f.Rows, Ahead: o.chosenAhead(rate, f)}
	fmt.Fprintf(cmd.ErrOrStderr(), "batch %s: %d rows would be sent (dry run); %s\n", o.id, f.Rows, forecastText(forecast, f.Lives, time.Now()))
	if bad > 0 {
		return fail(exitFailed, fmt.Errorf("%s and would not be sent", rowsAre(bad, "bad")))
	}
	return nil
}
