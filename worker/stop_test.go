package worker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// A soft stop finishes what is in hand and leaves the rest to the next worker,
// which does not have to wait for an AckWait.
func TestSoftStopGivesTheRestBack(t *testing.T) {
	const jobs = 200
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.box.SetFault(sandbox.Fault{Latency: time.Second})
		r.startWorker()
		for i := range jobs {
			r.publish(job(fmt.Sprintf("j%d", i), goodNumber))
		}
		time.Sleep(1500 * time.Millisecond)
		start := time.Now()
		r.stopWorker()
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("the stop took %s", took)
		}
		done := len(r.results())
		if done == 0 || done == jobs {
			t.Fatalf("%d of %d done at the stop: nothing is shown", done, jobs)
		}
		r.box.SetFault(sandbox.Fault{})
		again := time.Now()
		r.startWorker()
		r.await(jobs, time.Minute)
		if took := time.Since(again); took > 3*time.Second {
			t.Errorf("the next worker needed %s: jobs were left locked", took)
		}
		r.drained()
		r.onceEach()
	})
}

// A job that waits for its next attempt is given back at once, with what is
// left of its delay; the stop costs it no attempt.
func TestSoftStopDoesNotWaitForRetries(t *testing.T) {
	inVirtualTime(t, func(s *setup) {
		s.worker.RetryInPlace = 10 * time.Second
		s.worker.RetryInitial = 8 * time.Second
	}, func(t *testing.T, r *rig) {
		r.startWorker()
		r.box.SetFault(sandbox.Fault{Throttle: 1, Times: 1})
		r.publish(job("j1", goodNumber))
		time.Sleep(3 * time.Second)
		start := time.Now()
		r.stopWorker()
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("the stop waited %s for a retry", took)
		}
		r.startWorker()
		want(t, r.await(1, time.Minute)["j1"], schema.OutcomeSent, "sent", 2)
		attempts := r.seen(worker.KindAttempt, "j1")
		if gap := attempts[1].Time.Sub(attempts[0].Time); gap < 8*time.Second || gap > 10*time.Second {
			t.Errorf("the retry came after %s, the schedule says 8s", gap)
		}
	})
}

// When the drain time is over, calls are cut off; what may have been sent is
// asked about by the next worker and not sent again.
func TestHardStopLeavesNoDoubleSend(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.worker.DrainTimeout = 2 * time.Second }, func(t *testing.T, r *rig) {
		r.box.SetFault(sandbox.Fault{Hang: true, Accept: true})
		r.startWorker()
		r.publish(job("j1", goodNumber))
		time.Sleep(time.Second)
		start := time.Now()
		r.stopWorker()
		if took := time.Since(start); took > 4*time.Second {
			t.Errorf("the stop took %s with a drain time of 2s", took)
		}
		r.box.SetFault(sandbox.Fault{})
		r.startWorker()
		want(t, r.await(1, time.Minute)["j1"], schema.OutcomeSent, "sent", 1)
		if n := len(r.box.Sends("j1")); n != 1 {
			t.Errorf("sent %d times", n)
		}
	})
}
