package batchfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// A Source is a file of rows that can be read more than once.
type Source struct{ f *scratch }

// Open opens the file at path; "-" is stdin. What can be read only once, such as
// a pipe, is spooled to a temporary file that only this user can read and that is
// gone with the process, whatever ends it.
func Open(path string, stdin io.Reader) (*Source, error) {
	if path == "-" {
		return spool(stdin)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if info.Mode().IsRegular() {
		return &Source{&scratch{File: f}}, nil
	}
	if info.IsDir() {
		return nil, errors.Join(fmt.Errorf("open %s: is a folder", path), f.Close())
	}
	s, err := spool(f)
	return s, errors.Join(err, f.Close())
}

func spool(r io.Reader) (*Source, error) {
	f, err := newScratch()
	if err != nil {
		return nil, fmt.Errorf("spool input: %w", err)
	}
	if _, err := io.Copy(f, r); err != nil {
		return nil, errors.Join(fmt.Errorf("spool input: %w", err), f.Close())
	}
	return &Source{f}, nil
}

// A stamp tells a file from what somebody has made of it since.
type stamp struct {
	size  int64
	mtime time.Time
}

func (s *Source) stamp() (stamp, error) {
	info, err := s.f.Stat()
	if err != nil {
		return stamp{}, fmt.Errorf("look at the file: %w", err)
	}
	return stamp{info.Size(), info.ModTime()}, nil
}

// rewind returns the file from its beginning. There is one reader at a time.
func (s *Source) rewind() (io.Reader, error) {
	if _, err := s.f.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read rows again: %w", err)
	}
	return s.f, nil
}

// Close closes the file.
func (s *Source) Close() error { return s.f.Close() }
