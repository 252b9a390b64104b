package bench

import (
	"fmt"
	"strings"

	"github.com/otpworker/otpworker/client/sandbox"
)

// Counts is what became of the jobs of a measurement. All but the first two are
// 0, or its figures are worth nothing.
type Counts struct {
	// Jobs were published, Results are those that have one.
	Jobs    int `json:"jobs"`
	Results int `json:"results"`
	// Lost have none.
	Lost int `json:"lost"`
	// NotSent have one that says something else than sent.
	NotSent int `json:"notSent"`
	// TwoResults are results beyond a job's first.
	TwoResults int `json:"twoResults"`
	// SentTwice are messages beyond a job's first, Late those after its expiry,
	// as the provider counts.
	SentTwice int64 `json:"sentTwice"`
	Late      int64 `json:"late"`
	// Left stayed in the queue without acknowledgement.
	Left uint64 `json:"left"`
}

// Err says what is wrong with the counts; nil: nothing.
func (c Counts) Err() error {
	var wrong []string
	note := func(n int64, what string) {
		if n != 0 {
			wrong = append(wrong, fmt.Sprintf("%d %s", n, what))
		}
	}
	note(int64(c.Lost), "lost")
	note(c.SentTwice, "sent twice")
	note(c.Late, "sent too late")
	note(int64(c.TwoResults), "results too many")
	note(int64(c.NotSent), "not sent")
	note(int64(c.Left), "left in the queue") //nolint:gosec // far below
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("of %d jobs: %s", c.Jobs, strings.Join(wrong, ", "))
}

// provider fills in what the provider has counted.
func (c *Counts) provider(s sandbox.Stats) { c.SentTwice, c.Late = s.Repeats, s.Late }

// A tally counts the results of a run.
type tally struct {
	run    run
	seen   []bool
	counts Counts
}

func newTally(r run, jobs int) *tally {
	return &tally{run: r, seen: make([]bool, jobs), counts: Counts{Jobs: jobs, Lost: jobs}}
}

// add notes a result and says whether it is the first of its job, and which.
func (t *tally) add(jobID, outcome string) (n int, first bool) {
	n, ok := t.run.number(jobID)
	if !ok || n >= len(t.seen) || t.seen[n] {
		t.counts.TwoResults++
		return n, false
	}
	t.seen[n] = true
	t.counts.Results++
	t.counts.Lost--
	if outcome != "sent" {
		t.counts.NotSent++
	}
	return n, true
}
