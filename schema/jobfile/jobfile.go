// Package jobfile reads jobs from a file: CSV with a header, or NDJSON, either
// gzipped or not.
//
// A bad row is reported with its number and its faults, and the next row is
// read: one typo does not hide the others.
package jobfile

import (
	"bufio"
	"bytes"
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

// Read yields the rows of r, gzipped or not. What a row leaves out is taken from
// defaults. It tells the format by the first character: "{" begins NDJSON,
// anything else the header of a CSV. Rows are not validated: the caller may have to fill in an id
// first.
//
// Errors are *RowError, after which reading goes on, or anything else, after
// which it does not.
func Read(r io.Reader, defaults schema.Job) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		text, err := Decompress(r)
		if err != nil {
			yield(Row{}, err)
			return
		}
		in := bufio.NewReaderSize(text, 64<<10)
		if looksLikeUTF16(in) {
			yield(Row{}, errors.New("read jobs: the file looks like UTF-16: save it as UTF-8"))
			return
		}
		first, line, err := firstCharacter(in)
		switch {
		case errors.Is(err, io.EOF):
			yield(Row{}, errors.New("read jobs: the file is empty"))
		case err != nil:
			yield(Row{}, fmt.Errorf("read jobs: %w", err))
		case first == '{':
			readNDJSON(in, line, defaults, yield)
		case first == '[':
			yield(Row{}, errors.New("read jobs: the file looks like a JSON array: write one object per line, without the brackets and the commas between"))
		default:
			readCSV(in, line, defaults, yield)
		}
	}
}

// looksLikeUTF16 finds its byte order mark, or the zero byte beside each ASCII
// character that a text in UTF-8 never has.
func looksLikeUTF16(in *bufio.Reader) bool {
	start, _ := in.Peek(2) // an error comes again with the first read
	return string(start) == "\xff\xfe" || string(start) == "\xfe\xff" || bytes.IndexByte(start, 0) >= 0
}

// firstCharacter skips a byte order mark and blank space and leaves the reader
// at the character it returns, on the line it returns, from 1.
func firstCharacter(in *bufio.Reader) (first byte, line int, err error) {
	if bom, err := in.Peek(3); err == nil && string(bom) == "\ufeff" {
		_, _ = in.Discard(3)
	}
	for line = 1; ; {
		c, err := in.ReadByte()
		switch {
		case err != nil:
			return 0, line, err
		case c == '\n':
			line++
		case c != ' ' && c != '\r' && c != '\t':
			return c, line, in.UnreadByte()
		}
	}
}
