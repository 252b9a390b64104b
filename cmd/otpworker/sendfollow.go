package main

import (
	"context"
	"sync"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// followed prints the results of the jobs that are expected, as they come. A nil
// one expects nothing.
type followed struct {
	cancel context.CancelFunc
	done   chan struct{}

	mu sync.Mutex
	// waiting holds the ids of jobs without a result yet; all: no more come.
	waiting  map[string]bool
	all      bool
	outcomes map[schema.Outcome]int
	err      error
}

// followJobs begins with the results after the given sequence. Whoever calls it ends
// it.
func followJobs(ctx context.Context, q *queue.Queue, after uint64, results *printer) *followed {
	ctx, cancel := context.WithCancel(ctx)
	f := &followed{cancel: cancel, done: make(chan struct{}), waiting: map[string]bool{}, outcomes: map[schema.Outcome]int{}}
	go func() {
		defer close(f.done)
		for result, err := range q.Results(ctx, queue.Follow{After: after}) {
			if f.over(results, result, err) {
				return
			}
		}
	}()
	return f
}

// over takes one result in and says whether it was the last.
func (f *followed) over(results *printer, result schema.Result, err error) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case err != nil:
		f.err = err
		return true
	case !f.waiting[result.JobID]:
		return false
	}
	delete(f.waiting, result.JobID)
	f.outcomes[result.Outcome]++
	f.err = results.result(result)
	return f.err != nil || f.all && len(f.waiting) == 0
}

func (f *followed) expect(id string) {
	if f != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.waiting[id] = true
	}
}

func (f *followed) forget(id string) {
	if f != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.waiting, id)
	}
}

// rest waits for the results that are still to come, until a time at most, and
// returns what came of all, and how many jobs have no result.
func (f *followed) rest(until time.Time) (outcomes map[schema.Outcome]int, left int, err error) {
	f.mu.Lock()
	f.all = true
	if len(f.waiting) == 0 {
		f.cancel()
	}
	f.mu.Unlock()
	patience := time.AfterFunc(time.Until(until), f.cancel)
	<-f.done
	patience.Stop()
	return f.outcomes, len(f.waiting), f.err
}

func (f *followed) end() {
	f.cancel()
	<-f.done
}
