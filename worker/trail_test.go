package worker_test

import (
	"testing"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// trail finds the one trail of a job.
func (r *rig) trail(jobID, appID string) worker.Trail {
	r.t.Helper()
	trails, faults := worker.Trails(r.t.Context(), r.queue, worker.Search{JobID: jobID, AppID: appID})
	if len(trails) != 1 || len(faults) != 0 {
		r.t.Fatalf("%d trails of %s, faults %v", len(trails), jobID, faults)
	}
	return trails[0]
}

// What a job leaves behind at the broker tells how it stands, without its code and
// with its number masked.
func TestTrails(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		published := time.Now()
		r.publish(job("waits", goodNumber))
		waits := r.trail("waits", "")
		if !waits.Waits || waits.AppID != "app1" || waits.Lane != schema.LaneInteractive || waits.To.Mask() != "***8000" ||
			waits.Claim != nil || waits.Result != nil || waits.QueuedAt.Sub(published).Abs() > time.Second || waits.ExpiresAt.Sub(waits.QueuedAt) != 5*time.Minute {
			t.Errorf("waits: %+v", waits)
		}
		r.startWorker()
		r.publish(job("refused", "15552200007"), job("retried", "15551810018"))
		r.await(3, time.Minute)
		done := r.trail("waits", "app1")
		if done.Waits || done.Result == nil || done.Result.Outcome != schema.OutcomeSent || done.Claim.State != "done" || done.QueuedAt.IsZero() || !done.To.IsZero() {
			t.Errorf("done: %+v, claim %+v", done, done.Claim)
		}
		refused := r.trail("refused", "")
		if len(refused.Letters) != 1 || refused.Letters[0].Reason != "invalid_parameter" || refused.To.Mask() != "***0007" || refused.Result.Status != "-22" {
			t.Errorf("refused: %+v", refused)
		}
		if retried := r.trail("retried", ""); retried.Claim.Attempts != 2 || retried.Result.Attempts != 2 {
			t.Errorf("retried: %+v", retried.Claim)
		}
		for _, missing := range [][2]string{{"nobody", ""}, {"waits", "app2"}} {
			if trails, faults := worker.Trails(t.Context(), r.queue, worker.Search{JobID: missing[0], AppID: missing[1]}); len(trails) != 0 || len(faults) != 0 {
				t.Errorf("%v: %+v, %v", missing, trails, faults)
			}
		}
	})
}

// A job that is put aside says what its last attempt was, and one whose attempt is
// open that it is.
func TestTrailOfAClaim(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.box.SetFault(sandbox.Fault{Hang: true})
		r.startWorker()
		r.publish(job("open", goodNumber))
		for len(r.seen(worker.KindClaimed, "open")) == 0 {
			time.Sleep(10 * time.Millisecond)
		}
		open := r.trail("open", "")
		if c := open.Claim; c == nil || c.State != "claimed" || c.Attempts != 1 || c.Worker != "w1" || time.Since(c.ClaimedAt).Abs() > time.Second {
			t.Errorf("open: %+v", open.Claim)
		}
		for len(r.seen(worker.KindAside, "open")) == 0 {
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(time.Second)
		aside := r.trail("open", "")
		if c := aside.Claim; c == nil || !c.EverUnknown || c.Reason != "unreachable" || !aside.Waits {
			t.Errorf("aside: %+v", aside.Claim)
		}
	})
}

// Without an entry in the ledger the result is found in its stream.
func TestTrailWithoutLedger(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.worker.Ledger = "off" }, func(t *testing.T, r *rig) {
		r.startWorker()
		r.publish(job("a", goodNumber), job("b", goodNumber))
		r.await(2, time.Minute)
		for _, app := range []string{"", "app1"} {
			if found := r.trail("a", app); found.Claim != nil || found.Result == nil || found.Result.JobID != "a" {
				t.Errorf("app %q: %+v", app, found)
			}
		}
	})
}
