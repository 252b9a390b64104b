package batchfile

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/otpworker/otpworker/schema"
)

// Retry is the file with only those rows that came to one of the outcomes, as the
// input of a batch of its own. Its rows are counted anew; in their metadata
// [RetryOf] names the job of the first batch.
func (f *File) Retry(a *Answers, outcomes []schema.Outcome, o Options) (*File, error) {
	wanted := map[schema.Outcome]bool{}
	for _, outcome := range outcomes {
		wanted[outcome] = true
	}
	r := *f
	r.chosen, r.retried, r.Lives = &rowSet{}, a.base, map[int]int{}
	r.options.Defaults = o.Defaults
	for job, err := range r.goodRows() {
		if err != nil {
			return nil, err
		}
		answer, ok, err := a.At(job.N)
		if err != nil {
			return nil, err
		}
		if !ok || !wanted[answer.Outcome] {
			continue
		}
		job.Metadata = withRetryOf(job.Metadata, schema.BatchJobID(r.retried, uint64(job.N)))
		if faults := r.options.faults(job.Job); len(faults) > 0 {
			return nil, fmt.Errorf("row %d cannot be sent again: %w", job.Line, faults)
		}
		r.chosen.add(job.N)
		r.Lives[life(job.Job)]++
	}
	r.Rows, r.Bad = r.chosen.size, 0
	if r.Rows == 0 {
		return nil, ErrNoRows
	}
	r.Digest = r.options.digest(r.text, r.chosen)
	return &r, nil
}

// RetryID is the batch id of a retry of a batch: <id>-r1, and <id>-r2 of that.
func RetryID(id string, d Digest) string {
	if at := strings.LastIndex(id, "-r"); at > 0 && d.IsRetry() {
		if n, err := strconv.Atoi(id[at+2:]); err == nil {
			return id[:at] + "-r" + strconv.Itoa(n+1)
		}
	}
	return id + "-r1"
}
