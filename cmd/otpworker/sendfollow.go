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
	cancel  context.CancelFunc
	done    chan struct{}
	results *printer

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
	f := &followed{cancel: cancel, done: make(chan struct{}), results: results, waiting: map[string]bool{}, outcomes: map[schema.Outcome]int{}}
	go func() {
		defer close(f.done)
		for result, err := range q.Results(ctx, queue.Follow{After: after}) {
			if f.over(result, err) {
				return
			}
		}
	}()
	return f
}

// over takes one result in and says whether it was the last.
func (f *followed) over(result schema.Result, err error) bool {
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
	if err := f.results.result(result); err != nil {
		f.err = err
	}
	return f.err != nil || f.all && len(f.waiting) == 0
}

// expect says whether nobody has waited for this id yet.
func (f *followed) expect(id string) (fresh bool) {
	if f == nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	fresh = !f.waiting[id]
	f.waiting[id] = true
	return fresh
}

func (f *followed) forget(id string) {
	if f != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.waiting, id)
	}
}

const (
	// recallOver is more than the time for which the queue remembers an id, and so
	// more than a job that it has refused as a repeat can have had a result.
	recallOver = 15 * time.Minute
	// recallFor bounds the reading of them.
	recallFor = 30 * time.Second
)

// recall looks for the results of jobs that were queued before, among those that
// were stored before.
func (f *followed) recall(ctx context.Context, q *queue.Queue) {
	ctx, cancel := context.WithTimeout(ctx, recallFor)
	defer cancel()
	for result, err := range q.Results(ctx, queue.Follow{Since: time.Now().Add(-recallOver), Once: true}) {
		// One that cannot be read is of nobody who waits here.
		if err == nil && f.over(result, nil) {
			return
		}
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
