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

	// text is the row as it stands in the file, until the next one is read.
	text    []byte
	header  string
	reasons int
}

// Bad is the row's error: for what the reader of a file cannot know. It is called
// before the next row is read.
func (r Row) Bad(err error) *RowError {
	return &RowError{Number: r.Number, Err: err, Text: withoutReasons(string(r.text), r.reasons), Header: r.header}
}

// A RowError says what is wrong with one row. Its message never quotes a value.
// Reading goes on after it.
type RowError struct {
	Number int
	Err    error
	// Text is the row as it stands in the file, without its line's end: numbers and
	// codes too. Empty for a line that is too long to be kept.
	Text string
	// Header is the first line of a CSV; empty for NDJSON.
	Header string
}

func (e *RowError) Error() string { return fmt.Sprintf("row %d: %v", e.Number, e.Err) }
func (e *RowError) Unwrap() error { return e.Err }

// Read yields the rows of r, gzipped or not. What a row leaves out is taken from
// defaults. Of what [Rejects] writes it yields the rows without their reasons. It
// tells the format by the first character: "{" begins NDJSON, anything else the
// header of a CSV. Rows are not validated: the caller may have to fill in an id
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
		first, line, err := firstCharacter(in, 1)
		for first == comment && err == nil { // NDJSON, or not known as a header
			if _, err = readLine(in); err == nil || errors.Is(err, errLongLine) {
				first, line, err = firstCharacter(in, line+1)
			}
		}
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
// at the character it returns, on the line it returns; it begins on line from.
func firstCharacter(in *bufio.Reader, from int) (first byte, line int, err error) {
	if bom, err := in.Peek(3); err == nil && string(bom) == "\ufeff" {
		_, _ = in.Discard(3)
	}
	for line = from; ; {
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
