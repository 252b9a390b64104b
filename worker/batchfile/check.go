package batchfile

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/jobfile"
)

// Options say what the rows of a file become.
type Options struct {
	// Defaults are what a row leaves out: AppID, which all rows have in common
	// and is required, and TemplateID, FlowID, Channel and TTLSeconds.
	Defaults schema.Job
	// MakeCodes lets rows be without a code: see [Codes]. Defaults to false, a
	// row without one is bad.
	MakeCodes bool
	// AllowDuplicates lets a number stand on several rows. Defaults to false, all
	// but the first are bad.
	AllowDuplicates bool
	// OnBad is called with each bad row; an error ends the check. Defaults to
	// nothing.
	OnBad func(*jobfile.RowError) error
}

// A File is a file whose rows have been checked.
type File struct {
	// Rows are those to send, Bad all others.
	Rows, Bad int
	// Digest tells this input from others.
	Digest Digest
	// Lives counts the rows by the seconds that their codes live.
	Lives map[int]int
	// Columns are those that a row fills, in the order of [jobfile.Columns],
	// metadata at the end.
	Columns []string

	source  *Source
	options Options
	stamp   stamp
	text    string
	good    rowSet // by place in the file, from 0
	chosen  *rowSet
	retried string
}

// ErrNoRows says that a file has no row that can be sent.
var ErrNoRows = errors.New("the file has no good row")

// Check reads the whole file and looks at every row. Bad rows go to OnBad. Other
// errors are of the file as a whole.
func Check(ctx context.Context, source *Source, o Options) (*File, error) {
	c := &checking{file: &File{source: source, options: o, Lives: map[int]int{}}, names: map[string]bool{}}
	if !o.AllowDuplicates {
		c.seen = newSeen()
	}
	stamp, err := source.stamp()
	if err != nil {
		return nil, err
	}
	c.file.stamp = stamp
	sum := sha256.New()
	for row, err := range rows(source, sum, o.Defaults) {
		if err == nil {
			err = c.look(row)
		}
		if err := c.count(err); err != nil {
			return nil, err
		}
		if c.place%checkEvery == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	f := c.file
	f.Rows, f.Columns = f.good.size, inOrder(c.names)
	f.text = string(sum.Sum(nil))
	f.Digest = o.digest(f.text, nil)
	if f.Rows == 0 {
		return f, ErrNoRows
	}
	return f, nil
}

// checkEvery is how many rows pass between two looks at the context.
const checkEvery = 1 << 10

// rows reads the source from its beginning. When the last row has been yielded
// sum has taken in all of its text.
func rows(source *Source, sum hash.Hash, defaults schema.Job) func(func(jobfile.Row, error) bool) {
	return func(yield func(jobfile.Row, error) bool) {
		raw, err := source.rewind()
		if err == nil {
			raw, err = jobfile.Decompress(raw)
		}
		if err != nil {
			yield(jobfile.Row{}, err)
			return
		}
		jobfile.Read(io.TeeReader(raw, sum), defaults)(yield)
	}
}

type checking struct {
	file  *File
	seen  *seen
	names map[string]bool
	place int
}

// look returns a RowError for a row that cannot be sent.
func (c *checking) look(row jobfile.Row) error {
	faults := c.file.options.faults(row.Job)
	if len(faults) == 0 && c.seen != nil {
		if row.Number > math.MaxUint32 {
			return fmt.Errorf("line %d: a file may have at most %d lines: cut it in two", row.Number, uint32(math.MaxUint32))
		}
		if before := c.seen.add(row.Job.To, uint32(row.Number)); before != 0 {
			faults = append(faults, schema.Fault{Field: "to", Problem: fmt.Sprintf("is the number of row %d too: drop one of them, or allow duplicates", before)})
		}
	}
	if len(faults) > 0 {
		return row.Bad(faults)
	}
	for name := range cells(row.Job) {
		if !c.names[name] && len(c.names) < maxColumns {
			c.names[name] = true
		}
	}
	c.file.Lives[life(row.Job)]++
	return nil
}

// count takes in what became of a row.
func (c *checking) count(err error) error {
	place := c.place
	c.place++
	var bad *jobfile.RowError
	switch {
	case errors.As(err, &bad):
		c.file.Bad++
		if c.file.options.OnBad != nil {
			return c.file.options.OnBad(bad)
		}
		return nil
	case err != nil:
		return err
	}
	c.file.good.add(place)
	return nil
}
