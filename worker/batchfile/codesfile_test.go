package batchfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const threeRows = "to,code\n8613800138000,\n8613800138001,own\n8613800138002,\n"

func withCodes(t *testing.T) *File {
	t.Helper()
	o := plain()
	o.MakeCodes = true
	f, _ := checked(t, threeRows, o)
	return f
}

func maker(t *testing.T) *Maker {
	t.Helper()
	m, err := NewMaker(6, "0123456789")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// write is WriteCodes, and the file's text after it.
func write(t *testing.T, path string, f *File, begun bool) (string, error) {
	t.Helper()
	c, err := WriteCodes(t.Context(), path, f, "b1", maker(t), begun)
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Close() }()
	for job, err := range f.Jobs("b1") {
		if err != nil {
			t.Fatal(err)
		}
		if !job.Code.IsZero() {
			continue
		}
		if code, err := c.Code(job); err != nil || len(code.Reveal()) != 6 {
			t.Fatalf("row %d: %v", job.Line, err)
		}
	}
	return readAll(t, path), nil
}

func TestCodesAreWrittenOnce(t *testing.T) {
	f, path := withCodes(t), filepath.Join(t.TempDir(), "codes.csv")
	first, err := write(t, path, f, false)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(first, "\n")
	if len(lines) != 4 || lines[0] != "row,jobId,to,code" ||
		!strings.HasPrefix(lines[1], "2,b1-1,8613800138000,") || !strings.HasPrefix(lines[2], "4,b1-3,8613800138002,") {
		t.Errorf("%q", first)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	for _, begun := range []bool{false, true} {
		if again, err := write(t, path, f, begun); err != nil || again != first {
			t.Errorf("begun %v: %q, %v", begun, again, err)
		}
	}
}

// A run that was killed while it wrote leaves a line that broke off.
func TestCodesOfABrokenRunAreKept(t *testing.T) {
	f, path := withCodes(t), filepath.Join(t.TempDir(), "codes.csv")
	whole, err := write(t, path, f, false)
	if err != nil {
		t.Fatal(err)
	}
	first := strings.Index(whole, "\n4,") + 1
	for cut := 0; cut < len(whole); cut += 4 {
		if err := os.WriteFile(path, []byte(whole[:cut]), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := write(t, path, f, true); err == nil {
			t.Fatalf("cut at %d: a batch that has begun got new codes", cut)
		}
		again, err := write(t, path, f, false)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if len(again) != len(whole) || strings.Count(again, "\n") != 3 || cut >= first && again[:first] != whole[:first] {
			t.Errorf("cut at %d: %q of %q", cut, again, whole)
		}
	}
}

// What broke off may be longer than what takes its place.
func TestALongBrokenLineLeavesNothing(t *testing.T) {
	broken := "row,jobId,to,code\n2,b1-1,8613800138000,123456\n4,b1-3,8613800138002,1234567890"
	path := inFile(t, "codes.csv", broken)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	text, err := write(t, path, withCodes(t), false)
	if err != nil || strings.Count(text, "\n") != 3 || !strings.HasSuffix(text, "\n") || len(text) >= len(broken) {
		t.Errorf("%q, %v", text, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v, %v", info, err)
	}
}

func TestAForeignFileIsNotOverwritten(t *testing.T) {
	f := withCodes(t)
	for name, text := range map[string]string{
		"the input":     threeRows,
		"another batch": "row,jobId,to,code\n2,b2-1,8613800138000,123456\n",
		"other numbers": "row,jobId,to,code\n2,b1-1,8613800138009,123456\n",
		"no lines":      strings.Repeat("x", 100<<10),
		"one word":      "x",
	} {
		path := inFile(t, "codes.csv", text)
		_, err := write(t, path, f, false)
		if err == nil || !strings.Contains(err.Error(), "name another file") || strings.Contains(err.Error(), "8613800138") {
			t.Errorf("%s: %v", name, err)
		}
		if readAll(t, path) != text {
			t.Errorf("%s: changed", name)
		}
	}
}

func TestABegunBatchNeedsItsCodes(t *testing.T) {
	_, err := WriteCodes(t.Context(), filepath.Join(t.TempDir(), "none.csv"), withCodes(t), "b1", maker(t), true)
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "has begun with the codes of this file") {
		t.Errorf("%v", err)
	}
}
