package worker_test

import (
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

func withoutLedger(s *setup) { s.worker.Ledger = worker.Off }

// Without the ledger nothing is written to it, retries and lost answers still
// end well, and a redelivered job is asked about first.
func TestLedgerOff(t *testing.T) {
	inVirtualTime(t, withoutLedger, func(t *testing.T, r *rig) {
		wire := r.makeLossy()
		wire.losing("$KV.otp_ledger.")
		r.startWorker()
		r.publish(job("good", goodNumber), job("late", "15555310001"), job("lost", "15556210001"), job("held", limitedTwice))
		for id, result := range r.await(4, 2*time.Minute) {
			if result.Outcome != schema.OutcomeSent {
				t.Errorf("job %s: %s (%s)", id, result.Outcome, result.Reason)
			}
		}
		if n := wire.count(); n != 0 {
			t.Errorf("%d writes to the ledger", n)
		}
		r.drained()
		r.onceEach()
	})
}

func TestLedgerOffAsksAfterALostAck(t *testing.T) {
	inVirtualTime(t, withoutLedger, func(t *testing.T, r *rig) {
		wire := r.makeLossy()
		r.startWorker()
		wire.losing("$JS.ACK.")
		r.publish(job("j1", goodNumber))
		time.Sleep(45 * time.Second)
		wire.losing("")
		time.Sleep(time.Minute)
		if n := len(r.seen(worker.KindAsked, "j1")); n == 0 {
			t.Error("a redelivered job was not asked about")
		}
		r.drained()
		r.onceEach()
	})
}

// What the switch gives up: a job that is published again is sent again. With
// the ledger it is not (TestRepeatedJobIsNotSentAgain).
func TestLedgerOffSendsARepeatedJobAgain(t *testing.T) {
	inVirtualTime(t, withoutLedger, func(t *testing.T, r *rig) {
		r.startWorker()
		r.publish(job("j1", goodNumber))
		r.await(1, time.Minute)
		time.Sleep(15 * time.Minute)
		r.publish(job("j1", goodNumber))
		time.Sleep(time.Second)
		if n := len(r.box.Sends("j1")); n != 2 {
			t.Errorf("sent %d times", n)
		}
	})
}
