package worker_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// pulls counts the pull requests from now on.
func (r *rig) pulls() func() int64 {
	r.t.Helper()
	var n atomic.Int64
	nc := r.raw()
	if _, err := nc.Subscribe("$JS.API.CONSUMER.MSG.NEXT.>", func(*nats.Msg) { n.Add(1) }); err != nil {
		r.t.Fatal(err)
	}
	return func() int64 { nc.Close(); return n.Load() }
}

// trickle publishes a job for an app.
func (r *rig) trickle(appID string, i int) {
	r.t.Helper()
	j := job(fmt.Sprintf("%s-%d", appID, i), fmt.Sprintf("8613800%06d", i))
	j.AppID = appID
	r.publish(j)
}

// longest is how many milliseconds the job of an app took that took longest. The
// first one waits for a look.
func (r *rig) longest(appID string, n int) (longest int64) {
	r.t.Helper()
	for id, result := range r.await(n, time.Minute) {
		if result.AppID == appID && id != appID+"-0" {
			longest = max(longest, result.Timings.Total)
		}
	}
	return longest
}

// Jobs that come now and then are waited for with few pulls, and none of them
// waits.
func TestJobsThatTrickleInNeedFewPulls(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		r.trickle("app1", 0)
		r.await(1, time.Minute)
		pulls := r.pulls()
		for i := range 299 {
			r.trickle("app1", 1+i)
			time.Sleep(2 * time.Millisecond)
		}
		if n := pulls(); n > 150 {
			t.Errorf("%d pulls for 300 jobs", n)
		}
		if ms := r.longest("app1", 300); ms > 3 {
			t.Errorf("a job took %d ms", ms)
		}
		r.onceEach()
	})
}

// The jobs of one pull wait for each other where a newer job cancels an older one:
// there the pull does not wait too.
func TestTrickleDoesNotWaitToBeSuperseded(t *testing.T) {
	inVirtualTime(t, superseding, func(t *testing.T, r *rig) {
		r.startWorker()
		r.trickle("app1", 0)
		r.await(1, time.Minute)
		for i := range 99 {
			r.trickle("app1", 1+i)
			time.Sleep(2 * time.Millisecond)
		}
		if ms := r.longest("app1", 100); ms > 3 {
			t.Errorf("a job took %d ms", ms)
		}
		r.onceEach()
	})
}

// An app that waits with slots for its next jobs keeps none from another app.
func TestTrickleKeepsNoSlotFromOthers(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.worker.InteractiveSlots = 4 }, func(t *testing.T, r *rig) {
		r.startWorker()
		r.trickle("app1", 0)
		r.trickle("app2", 0)
		r.await(2, time.Minute)
		const all = 200
		others := 1
		for i := range all - 1 {
			r.trickle("app1", 1+i)
			between := time.Duration(i%9) * time.Millisecond
			time.Sleep(between)
			if i%2 == 0 {
				r.trickle("app2", others)
				others++
			}
			time.Sleep(9*time.Millisecond - between)
		}
		if ms := r.longest("app2", all+others); ms > 3 {
			t.Errorf("a job of the other app took %d ms", ms)
		}
		r.onceEach()
	})
}
