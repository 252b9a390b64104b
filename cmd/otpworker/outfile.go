package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// A pathFlag is a flag that names a file.
type pathFlag struct{ name, path string }

// checkApart refuses two flags that name one file, also by another path or a link:
// the output would take the place of the input. A dash is what stdin reads from.
func checkApart(stdin io.Reader, flags ...pathFlag) error {
	for i, one := range flags {
		for _, other := range flags[i+1:] {
			if isOneFile(stdin, one.path, other.path) {
				return fail(exitUsage, fmt.Errorf("%s and %s name the same file: give %[2]s another one, or what stands there would be lost", one.name, other.name))
			}
		}
	}
	return nil
}

func isOneFile(stdin io.Reader, a, b string) bool {
	if a == "" || b == "" || b == "-" {
		return false
	}
	infoA, errA := lookAt(stdin, a)
	infoB, errB := os.Stat(b)
	if errA == nil && errB == nil {
		// A terminal or /dev/null loses nothing.
		return infoA.Mode().IsRegular() && os.SameFile(infoA, infoB)
	}
	fullA, errA := filepath.Abs(a)
	fullB, errB := filepath.Abs(b)
	return errA == nil && errB == nil && fullA == fullB
}

func lookAt(stdin io.Reader, path string) (os.FileInfo, error) {
	if path != "-" {
		return os.Stat(path)
	}
	if f, ok := stdin.(*os.File); ok {
		return f.Stat()
	}
	return nil, os.ErrNotExist
}

// An outFile takes its name when it is whole: until then what stood there stays.
// Only this user may read it.
type outFile struct {
	*os.File
	path string
	// direct is what has no content to keep, such as /dev/null: it is written to
	// and not replaced.
	direct bool
}

func createOut(path string) (*outFile, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		return &outFile{f, path, true}, err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".otpworker-*") // mode 0600
	return &outFile{File: f, path: path}, err
}

// keep ends it and gives it its name.
func (o *outFile) keep() error {
	if o.direct {
		return o.Close()
	}
	err := errors.Join(o.Sync(), o.Close())
	if err == nil {
		err = os.Rename(o.Name(), o.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(o.Name()))
	}
	return nil
}

// drop ends it and leaves what stood there.
func (o *outFile) drop() error {
	err := o.Close()
	if !o.direct {
		err = errors.Join(err, os.Remove(o.Name()))
	}
	return err
}
