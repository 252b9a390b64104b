package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/batchfile"
	"github.com/otpworker/otpworker/worker/queue"
)

// batchResultsFlags are the flags of batch results.
type batchResultsFlags struct{ file, codes, out string }

func batchResultsCommand() *cobra.Command {
	var o batchResultsFlags
	cmd := &cobra.Command{
		Use:   "results <id>",
		Short: "Join the results of a batch with its file",
		Long: `Write a CSV with the rows of the file that a batch was sent from, in their order,
each with what came of it: row, jobId, to, the file's other columns, outcome,
reason, status, verificationId, completedAt. A row without a result has the last
five empty. The queue keeps results for a day, without numbers: these come from
the file. Codes are not written, but for those of --codes.

Of a retry only the rows that were retried are written, with the same file.

  otpworker batch results friday --file numbers.csv --out results.csv
  otpworker batch results friday --file numbers.csv --codes codes.csv --out results.csv

` + exitCodes,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var faults []error
			if o.file == "" {
				faults = append(faults, errors.New("--file: is missing: give the file that the batch was sent from"))
			}
			if o.out == "" {
				faults = append(faults, errors.New("--out: is missing: give the file to write, or - for standard output"))
			}
			if err := errors.Join(faults...); err != nil {
				return fail(exitUsage, err)
			}
			if err := checkApart(cmd.InOrStdin(), pathFlag{"--file", o.file}, pathFlag{"--codes", o.codes}, pathFlag{"--out", o.out}); err != nil {
				return err
			}
			return withBatches(cmd, func(ctx context.Context, q *queue.Queue) error { return o.run(ctx, cmd, q, args[0]) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.file, "file", "", "the file that the batch was sent from; - is standard input")
	f.StringVar(&o.codes, "codes", "", "the file of --codes-out, for a column code")
	f.StringVar(&o.out, "out", "", "the file to write, readable by this user only; - is standard output")
	for _, name := range []string{"file", "codes", "out"} {
		_ = cmd.MarkFlagFilename(name)
	}
	return cmd
}

func (o batchResultsFlags) run(ctx context.Context, cmd *cobra.Command, q *queue.Queue, id string) error {
	in, err := readBatchInput(ctx, cmd, q, id, o.file)
	if err != nil {
		return err
	}
	defer func() { _ = in.close() }()
	var codes *batchfile.CodesFile
	if o.codes != "" {
		if codes, err = batchfile.OpenCodes(o.codes); err != nil {
			return fail(exitUsage, fmt.Errorf("--codes: %w", err))
		}
		defer func() { _ = codes.Close() }()
	}
	var joined batchfile.Joined
	err = o.write(cmd, func(w io.Writer) (err error) {
		joined, err = batchfile.WriteResults(w, in.file, id, in.answers, codes)
		return err
	})
	if err != nil {
		return fail(exitFailed, err)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%d rows%s\n", joined.Rows, joinedText(in, joined))
	return nil
}

func joinedText(in *batchInput, joined batchfile.Joined) string {
	var parts []string
	for _, o := range schema.Outcomes() {
		if n := in.answers.Counts[o]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	if joined.Open > 0 {
		parts = append(parts, fmt.Sprintf("%d without a result", joined.Open))
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// write puts the file in place when it is whole.
func (o batchResultsFlags) write(cmd *cobra.Command, use func(io.Writer) error) error {
	if o.out == "-" {
		return use(cmd.OutOrStdout())
	}
	f, err := createOut(o.out)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	if err := use(f); err != nil {
		return errors.Join(err, f.drop())
	}
	return f.keep()
}
