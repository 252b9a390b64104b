//go:build unix

package batchfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestOpen(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	path := inFile(t, "numbers.csv", oneRow)
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		if f, err := os.OpenFile(pipe, os.O_WRONLY, 0); err == nil {
			_, _ = io.WriteString(f, oneRow)
			_ = f.Close()
		}
	}()
	for name, from := range map[string]string{"file": path, "pipe": pipe, "stdin": "-"} {
		s, err := Open(from, strings.NewReader(oneRow))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			r, err := s.rewind()
			if err != nil {
				t.Fatal(err)
			}
			if text, err := io.ReadAll(r); err != nil || string(text) != oneRow {
				t.Errorf("%s: %q, %v", name, text, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestOpenFails(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "none"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := Open(t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Error(err)
	}
}

// What is sent is what was checked.
func TestAFileThatChanges(t *testing.T) {
	const two = "to,code\n8613800138000,1\n8613800138001,2\n"
	for name, after := range map[string]string{
		"a row more":     two + "8613800138002,3\n",
		"a row less":     oneRow,
		"another number": "to,code\n8613800138000,1\n8613800138009,2\n",
		"a bad row":      "to,code\n8613800138000,1\n861380013,8001,2\n",
	} {
		path := inFile(t, "numbers.csv", two)
		s, err := Open(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Check(t.Context(), s, plain())
		if err == nil {
			err = os.WriteFile(path, []byte(after), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if n, err := last(f); n != 0 || !errors.Is(err, ErrChanged) {
			t.Errorf("%s: %d jobs, then %v", name, n, err)
		}
		// Somebody may have set the time back.
		if f.stamp, err = s.stamp(); err != nil {
			t.Fatal(err)
		}
		if _, err := last(f); !errors.Is(err, ErrChanged) {
			t.Errorf("%s, time set back: %v", name, err)
		}
		_ = s.Close()
	}
}

// last is how many jobs there are, and the error at their end.
func last(f *File) (n int, end error) {
	for _, err := range f.Jobs("b1") {
		if end = err; err == nil {
			n++
		}
	}
	return n, end
}
