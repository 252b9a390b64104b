package jobfile_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/jobfile"
)

func zip(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.WriteString(z, text)
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGzipIsReadAsWhatIsInIt(t *testing.T) {
	for name, text := range map[string]string{
		"csv":    "id,to,code\nj1,8613800138000,1234\nj2,8613800138001,5678\n",
		"ndjson": "{\"id\":\"j1\",\"to\":\"8613800138000\",\"code\":\"1234\"}\n{\"id\":\"j2\",\"to\":\"8613800138001\",\"code\":\"5678\"}\n",
	} {
		plain, _, _ := read(text, schema.Job{AppID: "app1"})
		rows, bad, err := read(zip(t, text), schema.Job{AppID: "app1"})
		if err != nil || len(bad) > 0 || len(rows) != 2 || show(rows[1].Job) != show(plain[1].Job) {
			t.Errorf("%s: %v, %v, %v", name, rows, bad, err)
		}
	}
}

func TestBrokenGzipEnds(t *testing.T) {
	whole := zip(t, "id,to,code\nj1,8613800138000,1234\n")
	for name, c := range map[string]struct{ text, want string }{
		"cut off":      {whole[:len(whole)-9], "the gzip file is cut off"},
		"no more":      {whole[:4], "the gzip file is cut off"},
		"empty inside": {zip(t, ""), "the file is empty"},
		"changed":      {whole[:len(whole)-6] + "xx" + whole[len(whole)-4:], "checksum"},
	} {
		if _, _, err := read(c.text, schema.Job{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// An endless gives the same text for ever, and says how much was taken.
type endless struct {
	text  string
	taken int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.text)
	e.taken += n
	return n, nil
}

// A quote that is left open makes one cell of all that follows: it is not read
// to the end of the file.
func TestAnOpenQuoteIsNotReadToTheEnd(t *testing.T) {
	rest := &endless{text: strings.Repeat("j2,8613800138000,739154\n", 100)}
	start := "id,to,code\nj1,8613800138000,1234\n\"j2,8613800138000,1\n"
	rows := 0
	var end error
	for _, err := range jobfile.Read(io.MultiReader(strings.NewReader(start), rest), schema.Job{}) {
		if rows++; err != nil {
			end = err
		}
	}
	if rows != 2 || end == nil || end.Error() != "read jobs: the row after line 2 is longer than 64 KiB: is a quote left open?" {
		t.Errorf("%d rows, %v", rows, end)
	}
	if rest.taken > 1<<20 {
		t.Errorf("%d bytes read for one row", rest.taken)
	}
}

// A line, whatever it holds, gives a job or an error and never shows a value.
func FuzzNDJSONRow(f *testing.F) {
	f.Add(`"id":"j1","to":"8613800138000"}`)
	f.Add(`"id":739154,"metadata":{"a":1}}`)
	f.Add(`"code":"739154"`)
	f.Fuzz(func(t *testing.T, row string) {
		_, bad, err := read(`{"code":"739154",`+row, schema.Job{AppID: "app1"})
		for _, e := range append([]error{err}, errorsOf(bad)...) {
			if e != nil && strings.Contains(e.Error(), "739154") {
				t.Errorf("error shows the code: %v", e)
			}
		}
	})
}
