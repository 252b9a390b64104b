package worker_test

import (
	"testing"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// A lost ack brings the job back after its AckWait; it is not sent again and
// has one result.
func TestLostAckSendsNothingTwice(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		wire := r.makeLossy()
		r.startWorker()
		wire.losing("$JS.ACK.")
		r.publish(job("j1", goodNumber))
		time.Sleep(45 * time.Second)
		wire.losing("")
		time.Sleep(2 * time.Minute)
		if wire.count() == 0 {
			t.Fatal("no ack was lost")
		}
		if n := len(r.seen(worker.KindTaken, "j1")); n < 2 {
			t.Fatalf("delivered %d times: the lost ack did not bring it back", n)
		}
		want(t, r.results()["j1"], schema.OutcomeSent, "sent", 1)
		if n := len(r.box.Sends("j1")); n != 1 {
			t.Errorf("sent %d times", n)
		}
		r.drained()
	})
}

// An answer that is lost after the provider accepted costs a question, not a
// second message.
func TestLostAnswerIsAskedAbout(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		r.box.SetFault(sandbox.Fault{Drop: sandbox.DropAfter, Times: 1})
		r.publish(job("j1", goodNumber))
		want(t, r.await(1, time.Minute)["j1"], schema.OutcomeSent, "sent", 1)
		asked := r.seen(worker.KindAsked, "j1")
		if len(asked) != 1 || !asked[0].Found {
			t.Errorf("asked %d times", len(asked))
		}
		r.onceEach()
	})
}

// However short the wait in the slot, the question comes when call timeout and
// grace are over, and not later with each delivery.
func TestTheQuestionComesOnTime(t *testing.T) {
	for _, inPlace := range []time.Duration{0, time.Second, 5 * time.Second} {
		t.Run(inPlace.String(), func(t *testing.T) {
			inVirtualTime(t, func(s *setup) { s.worker.RetryInPlace = inPlace }, func(t *testing.T, r *rig) {
				r.startWorker()
				r.box.SetFault(sandbox.Fault{Drop: sandbox.DropAfter, Times: 1})
				start := time.Now()
				r.publish(job("j1", goodNumber))
				r.await(1, time.Minute)
				for i, e := range r.seen(worker.KindAsked, "j1") {
					if after := e.Time.Sub(start); i > 0 || after < 18*time.Second || after > 19*time.Second {
						t.Errorf("question %d after %s, want one after 18s", i+1, after)
					}
				}
			})
		})
	}
}

// A record that shows up late must not look like "never sent": the question
// waits for call timeout + grace.
func TestLateRecordIsWaitedFor(t *testing.T) {
	for name, c := range map[string]struct {
		grace time.Duration
		sends int
	}{
		"with the grace it is sent once": {10 * time.Second, 1},
		// The negative control: the guard taken out sends twice.
		"without it twice": {0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(s *setup) {
				s.worker.Grace = c.grace
				s.sandbox.RecordDelay = 15 * time.Second
			}, func(t *testing.T, r *rig) {
				r.startWorker()
				r.box.SetFault(sandbox.Fault{Drop: sandbox.DropAfter, Times: 1})
				r.publish(job("j1", goodNumber))
				r.await(1, time.Minute)
				if n := len(r.box.Sends("j1")); n != c.sends {
					t.Errorf("sent %d times, want %d", n, c.sends)
				}
			})
		})
	}
}

func TestLostRequestIsSentAgain(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		r.box.SetFault(sandbox.Fault{Drop: sandbox.DropBefore, Times: 1})
		r.publish(job("j1", goodNumber))
		want(t, r.await(1, time.Minute)["j1"], schema.OutcomeSent, "sent", 2)
		r.onceEach()
	})
}

// Without the ledger nothing is sent; the job waits for it.
func TestLedgerUnreachableSendsNothing(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		wire := r.makeLossy()
		r.startWorker()
		wire.losing("$KV.otp_ledger.")
		r.publish(job("j1", goodNumber))
		time.Sleep(20 * time.Second)
		if n := r.box.Stats().Calls; n != 0 {
			t.Errorf("%d calls without a claim", n)
		}
		wire.losing("")
		want(t, r.await(1, time.Minute)["j1"], schema.OutcomeSent, "sent", 1)
		r.onceEach()
	})
}

// No confirmed result, no ack: the job stays until its result is stored.
func TestUnconfirmedResultKeepsTheJob(t *testing.T) {
	for name, outage := range map[string]time.Duration{"an election": 10 * time.Second, "longer than settling": 45 * time.Second} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, nil, func(t *testing.T, r *rig) {
				wire := r.makeLossy()
				r.startWorker()
				wire.losing("otp.v1.result.")
				r.publish(job("j1", goodNumber))
				time.Sleep(outage)
				if r.jobsLeft() != 1 {
					t.Error("the job was acknowledged without a result")
				}
				wire.losing("")
				result := r.await(1, 2*time.Minute)["j1"]
				want(t, result, schema.OutcomeSent, "sent", 1)
				if result.VerificationID == "" {
					t.Error("what the provider answered is lost")
				}
				time.Sleep(2 * time.Minute)
				r.drained()
				r.onceEach()
			})
		})
	}
}

// A job that is published again after the broker has forgotten its id gets the
// same result and no second message.
func TestRepeatedJobIsNotSentAgain(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		j := job("j1", goodNumber)
		r.publish(j)
		r.await(1, time.Minute)
		time.Sleep(15 * time.Minute)
		j.TTLSeconds = 60
		r.publish(j)
		time.Sleep(time.Minute)
		if n := len(r.seen(worker.KindResult, "j1")); n != 2 {
			t.Errorf("%d answers to two publishes", n)
		}
		if n := len(r.box.Sends("j1")); n != 1 {
			t.Errorf("sent %d times", n)
		}
		r.drained()
	})
}

// The same after its expiry: what was sent must not be called expired.
func TestRepeatedJobAfterItsExpiryKeepsItsResult(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		j := job("j1", goodNumber)
		j.CreatedAt = time.Now()
		r.publish(j)
		r.await(1, time.Minute)
		time.Sleep(15 * time.Minute)
		r.publish(j)
		time.Sleep(time.Second)
		for i, e := range r.seen(worker.KindResult, "j1") {
			if e.Result.Outcome != schema.OutcomeSent {
				t.Errorf("answer %d: %s (%s)", i+1, e.Result.Outcome, e.Result.Reason)
			}
		}
		if n := len(r.seen(worker.KindResult, "j1")); n != 2 {
			t.Errorf("%d answers to two publishes", n)
		}
	})
}

// Two apps may use the same id: each job has its own result.
func TestTwoAppsWithOneID(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		first := job("x1", goodNumber)
		r.publish(first)
		r.await(1, time.Minute)
		time.Sleep(15 * time.Minute) // the broker's own memory of ids is over
		second := job("x1", goodNumber)
		second.AppID, second.OrderID = "app2", "x1-of-app2"
		r.publish(second)
		time.Sleep(time.Second)
		apps := map[string]string{}
		for _, e := range r.seen(worker.KindResult, "x1") {
			apps[e.Result.AppID] = e.Result.VerificationID
		}
		if len(apps) != 2 || apps["app1"] == apps["app2"] {
			t.Errorf("results by app: %v", apps)
		}
	})
}

// A lost ack brings the job back long after the broker has forgotten the
// result's id: there is still one result.
func TestLostAckAndALongStopGiveOneResult(t *testing.T) {
	for name, faulty := range map[string]string{"sent": goodNumber, "rejected": "15552900001"} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, nil, func(t *testing.T, r *rig) {
				wire := r.makeLossy()
				r.startWorker()
				wire.losing("$JS.ACK.")
				r.publish(job("j1", faulty))
				time.Sleep(20 * time.Second)
				r.stopWorker()
				wire.losing("")
				time.Sleep(15 * time.Minute)
				r.startWorker()
				time.Sleep(2 * time.Minute)
				if n := len(r.seen(worker.KindTaken, "j1")); n < 2 {
					t.Fatalf("delivered %d times: the lost ack did not bring it back", n)
				}
				if n := len(r.results()); n != 1 { // and fails on a second one of a job
					t.Errorf("%d results", n)
				}
				r.drained()
			})
		})
	}
}

// One whose provider never comes back is given up in the end.
func TestUnknownInTheEnd(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		r.box.SetFault(sandbox.Fault{Drop: sandbox.DropAfter, Times: 1})
		j := job("j1", goodNumber)
		j.TTLSeconds = 60
		r.publish(j)
		time.Sleep(time.Second)
		r.closeProvider()
		want(t, r.await(1, 15*time.Minute)["j1"], schema.OutcomeUnknown, "unreachable", 1)
		r.drained()
	})
}
