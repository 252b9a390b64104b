package batchfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/jobfile"
)

const app = "myapp01"

func plain() Options { return Options{Defaults: schema.Job{AppID: app}} }

func source(t *testing.T, text string) *Source {
	t.Helper()
	s, err := Open("-", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// checked is the file of a text, and what was said about its bad rows.
func checked(t *testing.T, text string, o Options) (*File, []string) {
	t.Helper()
	var bad []string
	o.OnBad = func(e *jobfile.RowError) error {
		bad = append(bad, e.Error())
		return nil
	}
	f, err := Check(t.Context(), source(t, text), o)
	if err != nil && !errors.Is(err, ErrNoRows) {
		t.Fatal(err)
	}
	return f, bad
}

func jobs(t *testing.T, f *File, id string) []Job {
	t.Helper()
	var all []Job
	for job, err := range f.Jobs(id) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, job)
	}
	return all
}

func inFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readAll(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
