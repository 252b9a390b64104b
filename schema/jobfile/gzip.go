package jobfile

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// Decompress returns what r holds: r itself, or the text inside if r begins as
// gzip does.
func Decompress(r io.Reader) (io.Reader, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	start, _ := in.Peek(2) // an error comes again with the first read
	if string(start) != "\x1f\x8b" {
		return in, nil
	}
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("read jobs: %w", plainGzip(err))
	}
	return gzipped{z}, nil
}

type gzipped struct{ r io.Reader }

func (g gzipped) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	return n, plainGzip(err)
}

// plainGzip tells what the package's words leave to guess.
func plainGzip(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the gzip file is cut off: copy it once more")
	}
	return err
}
