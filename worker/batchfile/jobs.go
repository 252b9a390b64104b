package batchfile

import (
	"crypto/sha256"
	"errors"
	"iter"
	"maps"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/jobfile"
)

// ErrChanged says that a file is not what it was when it was checked.
var ErrChanged = errors.New("the file has changed since it was checked: run the command again")

// A Job is a row that is to be sent.
type Job struct {
	// N counts the rows that are sent, from 1.
	N int
	// Line is where the row begins in the file.
	Line int
	schema.Job
}

// RetryOf is the metadata key under which a retry's job names the job it
// repeats.
const RetryOf = "retryOf"

// Jobs yields the rows as jobs of a batch, in the order of the file and without
// CreatedAt. After an error nothing follows.
func (f *File) Jobs(batchID string) iter.Seq2[Job, error] {
	return func(yield func(Job, error) bool) {
		k := 0
		for job, err := range f.goodRows() {
			if err != nil {
				yield(Job{}, err)
				return
			}
			if f.chosen != nil {
				if !f.chosen.has(job.N) {
					continue
				}
				job.Metadata = withRetryOf(job.Metadata, schema.BatchJobID(f.retried, uint64(job.N)))
			}
			k++
			job.N, job.ID, job.BatchID = k, schema.BatchJobID(batchID, uint64(k)), batchID
			if !yield(job, nil) {
				return
			}
		}
	}
}

func withRetryOf(metadata map[string]string, id string) map[string]string {
	more := maps.Clone(metadata)
	if more == nil {
		more = map[string]string{}
	}
	more[RetryOf] = id
	return more
}

// goodRows yields the rows that were found good, numbered from 1 and without
// ids.
func (f *File) goodRows() iter.Seq2[Job, error] {
	return func(yield func(Job, error) bool) {
		sum := sha256.New()
		place, n := 0, 0
		for row, err := range rows(f.source, sum, f.options.Defaults) {
			bad, isBad := errors.AsType[*jobfile.RowError](err)
			if err == nil || isBad {
				err = f.unchanged(place)
			}
			if err != nil {
				yield(Job{}, err)
				return
			}
			good := f.good.has(place)
			place++
			switch {
			case good && bad != nil:
				yield(Job{}, ErrChanged)
				return
			case good:
				n++
				if !yield(Job{N: n, Line: row.Number, Job: row.Job}, nil) {
					return
				}
			}
		}
		if string(sum.Sum(nil)) != f.text {
			yield(Job{}, ErrChanged)
		}
	}
}

// unchanged looks at the file itself every so many rows: to send a batch may take
// hours, and somebody may edit the file meanwhile.
func (f *File) unchanged(place int) error {
	if place%checkEvery != 0 {
		return nil
	}
	now, err := f.source.stamp()
	if err == nil && now != f.stamp {
		err = ErrChanged
	}
	return err
}
