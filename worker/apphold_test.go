package worker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// limited is a number whose app is at its limit for ever, limitedTwice for two
// calls.
const (
	limited      = "15552700001"
	limitedTwice = "15552720001"
)

// An app at its limit waits, each time for longer, and the provider is asked by
// one job at a time.
func TestAppHoldGrows(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		for i := range 40 {
			j := job(fmt.Sprintf("j%d", i), limited)
			j.TTLSeconds = 200
			r.publish(j)
		}
		start := time.Now()
		results := r.await(40, 5*time.Minute)
		if took := time.Since(start); took > 202*time.Second {
			t.Errorf("the last answer came after %s, the codes lived 200s", took)
		}
		for id, result := range results {
			if result.Outcome != schema.OutcomeExpired || result.Reason != "total_limit" {
				t.Errorf("job %s: %s (%s)", id, result.Outcome, result.Reason)
			}
			if result.Timings.Held < 195_000 || result.Timings.Queued > 1000 {
				t.Errorf("job %s: %+v, want nearly all of it held", id, result.Timings)
			}
		}
		var opened []time.Duration
		for _, e := range r.seen(worker.KindBreaker, "") {
			if e.To == "open" {
				opened = append(opened, e.Time.Sub(start).Round(time.Second))
			}
			if e.Scope != worker.ScopeApp || e.AppID != "app1" {
				t.Errorf("breaker of %s %s moved", e.Scope, e.AppID)
			}
		}
		// 5 s, 10 s, 20 s, 40 s, 80 s, each with up to 1 s of spread.
		want := []time.Duration{0, 5, 15, 35, 75, 155}
		if len(opened) != len(want) {
			t.Fatalf("opened at %v", opened)
		}
		for i, at := range want {
			if late := opened[i] - at*time.Second; late < 0 || late > time.Duration(i+1)*time.Second {
				t.Errorf("opened at %v, want about %v", opened, want)
			}
		}
		if calls := r.box.Stats().Calls; calls > int64(r.setup.worker.InteractiveSlots+len(want)) {
			t.Errorf("%d calls for an app at its limit", calls)
		}
		r.drained()
	})
}

func TestAppHoldEnds(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		r.publish(job("j1", limitedTwice))
		want(t, r.await(1, time.Minute)["j1"], schema.OutcomeSent, "sent", 3)
		again := job("j2", goodNumber)
		start := time.Now()
		r.publish(again)
		r.await(2, time.Minute)
		if took := time.Since(start); took > time.Second {
			t.Errorf("after the hold a job took %s", took)
		}
		r.onceEach()
	})
}

// Jobs of one app on hold do not stall another's: a fresh job is taken at once.
func TestAppHoldStallsNobodyElse(t *testing.T) {
	defer worker.LookEach(usualLook)()
	const held = 2000
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		for i := range held {
			if err := r.queue.Publish(t.Context(), schema.LaneInteractive, job(fmt.Sprintf("j%d", i), limited)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(20 * time.Second)
		for i := range 20 {
			other := job(fmt.Sprintf("o%d", i), goodNumber)
			other.AppID = "app2"
			start := time.Now()
			r.publish(other)
			time.Sleep(100 * time.Millisecond)
			taken := r.seen(worker.KindTaken, other.ID)
			if len(taken) == 0 || taken[0].Time.Sub(start) > 100*time.Millisecond {
				t.Errorf("job %d of another app was not taken within 100ms", i)
			}
			time.Sleep(3 * time.Second)
		}
		if n := len(r.results()); n != 20 {
			t.Errorf("%d of 20 jobs of the other app have a result", n)
		}
	})
}
