package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/schema/jobfile"
	"github.com/otpworker/otpworker/worker/batchfile"
)

// namedRows is how many bad rows are named where no file takes them.
const namedRows = 10

// badRows takes the rows that cannot be sent.
type badRows struct {
	path string
	file *outFile
	rows *jobfile.Rejects
	out  io.Writer
	n    int
}

// openBadRows writes to the file at path, or names the first rows on out.
func openBadRows(path string, out io.Writer) (*badRows, error) {
	b := &badRows{path: path, out: out}
	if path == "" {
		return b, nil
	}
	file, err := createOut(path)
	if err != nil {
		return nil, fail(exitUsage, fmt.Errorf("--errors: %w", err))
	}
	b.file, b.rows = file, jobfile.NewRejects(file)
	return b, nil
}

func (b *badRows) add(bad *jobfile.RowError) error {
	b.n++
	if b.rows != nil {
		return b.rows.Add(bad)
	}
	if b.n <= namedRows {
		fmt.Fprintln(b.out, bad)
	}
	return nil
}

// end puts the file in place, if all rows were looked at, and leaves what stood
// there if not.
func (b *badRows) end(whole bool) error {
	if b.file == nil {
		return nil
	}
	if !whole {
		return b.file.drop()
	}
	if err := b.rows.Flush(); err != nil {
		return fmt.Errorf("--errors: %w", errors.Join(err, b.file.drop()))
	}
	if err := b.file.keep(); err != nil {
		return fmt.Errorf("--errors: %w", err)
	}
	return nil
}

// verdict is an error if bad rows are in the way, and otherwise says where they
// went.
func (b *badRows) verdict(makesCodes bool) error {
	if b.n == 0 {
		return nil
	}
	if b.rows != nil {
		fmt.Fprintf(b.out, "%s, see %s\n", rowsAre(b.n, "bad"), b.path)
		return nil
	}
	if b.n > namedRows {
		fmt.Fprintf(b.out, "and %d more\n", b.n-namedRows)
	}
	hint := ""
	if !makesCodes {
		hint = "; for codes that are made give --codes-out FILE"
	}
	return fail(exitUsage, fmt.Errorf("%s, nothing was sent: mend them, or send the others with --errors FILE%s", rowsAre(b.n, "bad"), hint))
}

func rowsAre(n int, what string) string {
	if n == 1 {
		return "1 row is " + what
	}
	return fmt.Sprintf("%d rows are %s", n, what)
}

// checkFile looks at every row.
func (o *batchFlags) checkFile(ctx context.Context, cmd *cobra.Command, source *batchfile.Source) (*batchfile.File, int, error) {
	bad, err := openBadRows(o.errors, cmd.ErrOrStderr())
	if err != nil {
		return nil, 0, err
	}
	f, err := batchfile.Check(ctx, source, batchfile.Options{
		Defaults: o.job, MakeCodes: o.codesOut != "", AllowDuplicates: o.duplicates, OnBad: bad.add,
	})
	whole := err == nil || errors.Is(err, batchfile.ErrNoRows)
	err = errors.Join(err, bad.end(whole))
	switch {
	case ctx.Err() != nil:
		return nil, 0, fail(exitInterrupted, errors.New("interrupted; nothing was sent"))
	case errors.Is(err, batchfile.ErrNoRows):
		if verdict := bad.verdict(o.codesOut != ""); verdict != nil {
			return nil, bad.n, verdict
		}
		return nil, bad.n, fail(exitUsage, err)
	case err != nil:
		hint := ""
		if o.errors != "" {
			hint = fmt.Sprintf("; --errors takes bad rows only, and %s was not written: mend the file first", o.errors)
		}
		return nil, bad.n, fail(exitUsage, fmt.Errorf("%w; nothing was sent%s", err, hint))
	}
	return f, bad.n, bad.verdict(o.codesOut != "")
}
