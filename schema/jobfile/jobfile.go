// Package jobfile reads jobs from a file: CSV with a header, or NDJSON.
//
// A bad row is reported with its number and its faults, and the next row is
// read: one typo does not hide the others.
package jobfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/otpworker/otpworker/schema"
)

// A Row is one row of a file.
type Row struct {
	// Number is the line the row begins on, from 1, the header included.
	Number int
	Job    schema.Job
}

// A RowError says what is wrong with one row. It never quotes a value. Reading
// goes on after it.
type RowError struct {
	Number int
	Err    error
}

func (e *RowError) Error() string { return fmt.Sprintf("row %d: %v", e.Number, e.Err) }
func (e *RowError) Unwrap() error { return e.Err }

// Read yields the rows of r. What a row leaves out is taken from defaults. It
// tells the format by the first character: "{" begins NDJSON, anything else the
// header of a CSV. Rows are not validated: the caller may have to fill in an id
// first.
//
// Errors are *RowError, after which reading goes on, or anything else, after
// which it does not.
func Read(r io.Reader, defaults schema.Job) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		in := bufio.NewReaderSize(r, 64<<10)
		first, err := firstCharacter(in)
		switch {
		case errors.Is(err, io.EOF):
			yield(Row{}, errors.New("read jobs: the file is empty"))
		case err != nil:
			yield(Row{}, fmt.Errorf("read jobs: %w", err))
		case first == '{':
			readNDJSON(in, defaults, yield)
		default:
			readCSV(in, defaults, yield)
		}
	}
}

// firstCharacter skips a byte order mark and blank space and leaves the reader
// at the character it returns.
func firstCharacter(in *bufio.Reader) (byte, error) {
	if bom, err := in.Peek(3); err == nil && string(bom) == "\ufeff" {
		_, _ = in.Discard(3)
	}
	for {
		c, err := in.ReadByte()
		if err != nil {
			return 0, err
		}
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c, in.UnreadByte()
		}
	}
}
