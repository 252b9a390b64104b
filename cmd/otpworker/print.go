package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/otpworker/otpworker/schema"
)

// A printer writes results to standard output, as a table or as NDJSON.
type printer struct {
	w      io.Writer
	ndjson bool
	color  bool
	begun  bool
}

const outputHelp = "table or ndjson"

func newPrinter(w io.Writer, output string) (*printer, error) {
	switch output {
	case "table", "ndjson":
		return &printer{w: w, ndjson: output == "ndjson", color: wantsColor(w)}, nil
	}
	return nil, fail(exitUsage, fmt.Errorf("--output: %q is not table or ndjson", output))
}

// wantsColor follows no-color.org: on a terminal only, and never against
// NO_COLOR.
func wantsColor(w any) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("OTPWORKER_NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

func (p *printer) result(r schema.Result) error {
	if p.ndjson {
		data, err := r.Encode()
		if err == nil {
			_, err = fmt.Fprintf(p.w, "%s\n", data)
		}
		return err
	}
	const row = "%-24s %s %-20s %6s %8s %9s\n"
	if !p.begun {
		p.begun = true
		if _, err := fmt.Fprintf(p.w, row, "JOB", pad("OUTCOME"), "REASON", "STATUS", "ATTEMPTS", "TIME"); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(p.w, row, r.JobID, p.paint(r.Outcome, pad(string(r.Outcome))), reasonOf(r), r.Status,
		strconv.Itoa(r.Attempts), time.Duration(r.Timings.Total)*time.Millisecond)
	return err
}

// reasonOf is the reason, with the fields of a rejected job that it is about:
// "not_found templateId".
func reasonOf(r schema.Result) string {
	words := []string{r.Reason}
	if r.Outcome == schema.OutcomeRejected {
		for _, f := range r.Faults {
			words = append(words, f.Field)
		}
	}
	return strings.Join(words, " ")
}

func pad(s string) string { return fmt.Sprintf("%-8s", s) }

// paint colours an outcome: green for sent, yellow for what time decided, red
// for the rest.
func (p *printer) paint(o schema.Outcome, text string) string {
	if !p.color {
		return text
	}
	color := "31"
	switch o {
	case schema.OutcomeSent:
		color = "32"
	case schema.OutcomeExpired, schema.OutcomeUnknown:
		color = "33"
	case schema.OutcomeRejected, schema.OutcomeInvalid:
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

// plural is "1 job" or "2 jobs".
func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
