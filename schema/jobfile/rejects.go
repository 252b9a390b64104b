package jobfile

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Rejects writes bad rows as they stand in their file, each with its line there and
// its reason: in a CSV as the first columns, row and reason; in NDJSON as a line
// above that begins with #. [Read] passes over both, so that the rows, once mended,
// can be read from there.
type Rejects struct {
	w     *bufio.Writer
	begun bool
}

// NewRejects writes to w, and nothing if there are no bad rows.
func NewRejects(w io.Writer) *Rejects { return &Rejects{w: bufio.NewWriter(w)} }

// Add writes one row.
func (r *Rejects) Add(bad *RowError) error {
	reason := bad.Err.Error()
	if bad.Header == "" {
		_, err := fmt.Fprintf(r.w, "%c row %d: %s\n%s\n", comment, bad.Number, reason, bad.Text)
		return err
	}
	if !r.begun {
		r.begun = true
		fmt.Fprintf(r.w, "%s,%s,%s\n", reasonColumns[0], reasonColumns[1], bad.Header) // its error comes again
	}
	_, err := fmt.Fprintf(r.w, "%d,\"%s\",%s\n", bad.Number, strings.ReplaceAll(reason, `"`, `""`), bad.Text)
	return err
}

// Flush writes what is still held back.
func (r *Rejects) Flush() error { return r.w.Flush() }

var reasonColumns = [2]string{"row", "reason"}

// reasonsOf is how many columns at a header's beginning are of [Rejects].
func reasonsOf(header []string) int {
	for i, name := range reasonColumns {
		if i >= len(header) || strings.TrimSpace(header[i]) != name {
			return 0
		}
	}
	return len(reasonColumns)
}

// withoutReasons leaves out the first n cells of a row's text.
func withoutReasons(text string, n int) string {
	for range n {
		text = withoutCell(text)
	}
	return text
}

func withoutCell(text string) string {
	rest := strings.TrimLeft(text, " \t")
	for strings.HasPrefix(rest, `"`) { // a quote that is written twice begins a second part
		_, after, closed := strings.Cut(rest[1:], `"`)
		if !closed {
			return text
		}
		rest = after
	}
	_, rest, _ = strings.Cut(rest, ",")
	return rest
}
