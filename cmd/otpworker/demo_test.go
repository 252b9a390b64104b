package main

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
)

// The demo believes the stream and not the worker: a second result under
// another id, or none, is a wrong count.
func TestDemoCountsTheStream(t *testing.T) {
	q := provisionedQueue(t)
	for id, job := range map[string]string{"res-a": "a", "res-b": "b", "again-b": "b"} {
		r := schema.Result{ID: id, JobID: job, AppID: demoApp, Lane: schema.LaneBatch, Outcome: schema.OutcomeSent, CompletedAt: time.Now()}
		if err := q.PublishResult(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	results, err := countResults(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"a": 1, "b": 2}, results); diff != "" {
		t.Fatal(diff)
	}
	_, stop := context.WithCancelCause(t.Context())
	view := newDemoView(io.Discard, stop)
	for ids, want := range map[string]string{
		"a": "the count is wrong", "ab": "the count is wrong: job b has 2 results in the stream",
		"ac": "the count is wrong: job c has 0 results in the stream",
	} {
		var jobs []schema.Job
		for _, id := range ids {
			jobs = append(jobs, schema.Job{ID: string(id)})
		}
		if err := view.summary(jobs, results, sandbox.Stats{}); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %q", ids, err, want)
		}
	}
}
