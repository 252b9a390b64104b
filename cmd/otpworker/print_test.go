package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/otpworker/otpworker/schema"
)

func TestPrinterTable(t *testing.T) {
	var out bytes.Buffer
	p, err := newPrinter(&out, "table")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []schema.Result{
		{JobID: "login-1", Outcome: schema.OutcomeSent, Reason: "sent", Status: "0", Attempts: 1, Timings: schema.Timings{Total: 12}},
		{JobID: "limit", Outcome: schema.OutcomeRejected, Reason: "phone_limit", Status: "-28", Attempts: 2, Timings: schema.Timings{Total: 1500}},
		{JobID: "who", Outcome: schema.OutcomeRejected, Reason: "not_found", Status: "-24", Attempts: 1, Faults: []schema.Fault{{Field: "templateId"}}},
	} {
		if err := p.result(r); err != nil {
			t.Fatal(err)
		}
	}
	const want = `JOB                      OUTCOME  REASON               STATUS ATTEMPTS      TIME
login-1                  sent     sent                      0        1      12ms
limit                    rejected phone_limit             -28        2      1.5s
who                      rejected not_found templateId    -24        1        0s
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// Each outcome has a colour on a terminal, and the columns stay where they are.
func TestPrinterColor(t *testing.T) {
	colors := map[schema.Outcome]string{
		schema.OutcomeSent: "32", schema.OutcomeExpired: "33", schema.OutcomeUnknown: "33",
		schema.OutcomeRejected: "31", schema.OutcomeInvalid: "31",
	}
	for _, o := range schema.Outcomes() {
		var plain, colored bytes.Buffer
		for _, p := range []*printer{{w: &plain}, {w: &colored, color: true}} {
			if err := p.result(schema.Result{JobID: "a", Outcome: o}); err != nil {
				t.Fatal(err)
			}
		}
		begin, end := "\x1b["+colors[o]+"m", "\x1b[0m"
		if !strings.Contains(colored.String(), begin+pad(string(o))+end) {
			t.Errorf("%s: %q", o, colored.String())
		}
		if stripped := strings.NewReplacer(begin, "", end, "").Replace(colored.String()); stripped != plain.String() {
			t.Errorf("%s: colour moves the columns: %q, want %q", o, stripped, plain.String())
		}
	}
}

func TestColorIsForTerminalsOnly(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if wantsColor(file) || wantsColor(&bytes.Buffer{}) {
		t.Error("colour without a terminal")
	}
}
