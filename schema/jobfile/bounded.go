package jobfile

import (
	"errors"
	"io"
)

// errLong is what a quote that is never closed comes to: to the end of the file
// all is one cell.
var errLong = errors.New("is longer than 64 KiB: is a quote left open?")

// bounded reads no more for one record than a record may have: encoding/csv has
// no bound of its own. What its buffer reads ahead is left beside.
type bounded struct {
	r    io.Reader
	left int
}

func (b *bounded) begin() { b.left = 2 * maxLine }

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLong
	}
	n, err := b.r.Read(p)
	b.left -= n
	return n, err
}
