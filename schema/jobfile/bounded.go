package jobfile

import (
	"bytes"
	"errors"
	"io"
)

// errLong is what a quote that is never closed comes to: to the end of the file
// all is one cell.
var errLong = errors.New("is longer than 64 KiB: is a quote left open?")

// bounded reads no more for one record than a record may have: encoding/csv has
// no bound of its own. What its buffer reads ahead is left beside. It keeps the
// text of the record, which encoding/csv does not.
type bounded struct {
	r    io.Reader
	left int

	text []byte
	// start is where text begins in the input, record where the record does.
	start, record int64
}

// begin begins a record at a place in the input.
func (b *bounded) begin(at int64) { b.left, b.record = 2*maxLine, at }

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLong
	}
	n, err := b.r.Read(p)
	b.left -= n
	b.text = append(b.text[:copy(b.text, b.text[b.record-b.start:])], p[:n]...)
	b.start = b.record
	return n, err
}

// until is the record's text, without blank lines before it and its line's end. It
// is good until the next read.
func (b *bounded) until(end int64) []byte {
	return bytes.Trim(b.text[b.record-b.start:end-b.start], "\r\n")
}
