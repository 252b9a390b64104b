package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// fakeStop stops a process, once, between its claim and its call.
type fakeStop struct {
	worker.Provider
	process *process
	after   time.Duration
	stopped *bool
}

func (f fakeStop) SendRule(ctx context.Context, r client.SendRuleRequest) (client.SendRuleResponse, error) {
	if !*f.stopped {
		*f.stopped = true
		f.process.freeze(f.after)
		time.Sleep(f.after)
	}
	return f.Provider.SendRule(ctx, r)
}

// A worker that is stopped between its claim and its call finds, when it goes
// on, that its time is over: by then another worker may have asked and sent.
func TestStoppedBetweenClaimAndCall(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		stopped := false
		w.calls = func(p *process, next worker.Provider) worker.Provider {
			return fakeStop{next, p, frozen, &stopped}
		}
		w.start("w1")
		w.start("w2")
		w.enqueue(schema.LaneInteractive, "app1", job("j1", goodNumber))
		w.emptied(5 * time.Minute)
		time.Sleep(time.Minute)
		if a := w.audit(); !a.clean() || a.outcomes[schema.OutcomeSent] != 1 {
			t.Error(a)
		}
		if n := len(w.seen(worker.KindTaken, "j1")); n < 2 {
			t.Errorf("%d deliveries: nobody else came", n)
		}
	})
}

// The call timeout runs from the claim: whoever finds the claim reckons with it.
// A slow confirmation of the claim leaves less of it.
func TestCallTimeRunsFromTheClaim(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		w.box.SetFault(sandbox.Fault{Hang: true})
		p := w.start("w1")
		const slow = 2500 * time.Millisecond
		p.gate.arm(&trap{on: effectLedger, left: 1, after: true, spring: func() {
			p.gate.setCut(true)
			time.AfterFunc(slow, func() { p.gate.setCut(false) })
		}})
		w.enqueue(schema.LaneInteractive, "app1", job("j1", goodNumber))
		time.Sleep(12 * time.Second)
		calls := w.provider.arrived()
		ends := w.seen(worker.KindAttempt, "j1")
		if len(calls) != 1 || len(ends) != 1 {
			t.Fatalf("%d calls, %d ends", len(calls), len(ends))
		}
		start := w.seen(worker.KindTaken, "j1")[0].Time // claimed at once
		if at := calls[0].at.Sub(start); at < slow {
			t.Errorf("the call came %s after the claim: it was not slow", at)
		}
		if took := ends[0].Time.Sub(start); took > w.setup.worker.CallTimeout+100*time.Millisecond {
			t.Errorf("the call ended %s after the claim, want at most %s", took, w.setup.worker.CallTimeout)
		}
	})
}

// An answer that lay there while the process stood still says nothing about how
// long calls take: the next job with a short life is not given up for it.
func TestFreezeIsNoLatency(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		p := &desk{latency: 12 * time.Second} // and the call timeout is 8
		r.startWorkerWith(p)
		r.publish(job("j1", goodNumber))
		r.await(1, time.Minute)
		p.latency = 0
		short := job("j2", goodNumber)
		short.TTLSeconds = 5
		r.publish(short)
		for id, result := range r.await(2, time.Minute) {
			if result.Outcome != schema.OutcomeSent {
				t.Errorf("%s: %s, %s", id, result.Outcome, result.Reason)
			}
		}
	})
}
