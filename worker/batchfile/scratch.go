package batchfile

import (
	"errors"
	"os"
)

// A scratch is a temporary file, or a file that is used like one. It has no name
// from the start, so that nobody finds it and nothing needs to remove it, also
// after kill -9; on a system without such files it is removed when it is closed.
type scratch struct {
	*os.File
	named bool
}

func newScratch() (*scratch, error) {
	f, err := os.CreateTemp("", "otpworker-") // mode 0600
	if err != nil {
		return nil, err
	}
	return &scratch{File: f, named: os.Remove(f.Name()) != nil}, nil
}

func (s *scratch) Close() error {
	err := s.File.Close()
	if s.named {
		err = errors.Join(err, os.Remove(s.Name()))
	}
	return err
}
