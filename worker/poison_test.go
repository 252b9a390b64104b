package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// A fakeProvider panics for one number, as a bug would, and takes the rest.
type fakeProvider struct{ panics string }

func (p fakeProvider) SendRule(_ context.Context, r client.SendRuleRequest) (client.SendRuleResponse, error) {
	if r.To.Reveal() == p.panics {
		panic("a bug")
	}
	return client.SendRuleResponse{VerificationID: "1"}, nil
}

func (p fakeProvider) RecordByOrderID(context.Context, client.RecordByOrderIDRequest) (client.Record, error) {
	panic("a bug")
}

// A job that kills what handles it is recognised by its deliveries, answered
// and set aside; the jobs beside it go on.
func TestPoisonIsSetAside(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorkerWith(fakeProvider{panics: limited})
		bad := job("bad", limited)
		bad.TTLSeconds = 3000
		r.publish(bad, job("good", goodNumber))
		want(t, r.await(1, time.Second)["good"], schema.OutcomeSent, "sent", 1)
		result := r.await(2, 10*time.Minute)["bad"]
		if result.Outcome != schema.OutcomeUnknown || result.Reason != "poison" {
			t.Errorf("%s (%s)", result.Outcome, result.Reason)
		}
		if n := len(r.seen(worker.KindTaken, "bad")); n > 7 {
			t.Errorf("handled %d times before it was recognised", n)
		}
		letters := r.deadLetters()
		if len(letters) != 1 || letters[0].Reason != "poison" || letters[0].JobID != "bad" {
			t.Errorf("%d dead letters: %v", len(letters), letters)
		}
		r.publish(job("next", goodNumber))
		want(t, r.await(3, time.Minute)["next"], schema.OutcomeSent, "sent", 1)
		r.drained()
	})
}

// A job that is held often is no poison.
func TestManyHoldsAreNoPoison(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.worker.AppOpenMax = s.worker.AppOpen }, func(t *testing.T, r *rig) {
		r.startWorker()
		j := job("j1", "15552790001") // at its limit for nine calls
		r.publish(j, job("j2", limited))
		result := r.await(1, 4*time.Minute)["j1"]
		want(t, result, schema.OutcomeSent, "sent", result.Attempts)
		if n := len(r.seen(worker.KindTaken, "j1")); n < 6 {
			t.Errorf("only %d deliveries: nothing is shown", n)
		}
	})
}

// A job whose result cannot be stored for a while is no poison either: what the
// provider answered is published when the broker takes it again.
func TestUnstoredResultsAreNoPoison(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		wire := r.makeLossy()
		r.startWorker()
		wire.losing("otp.v1.result.")
		j := job("j1", goodNumber)
		j.TTLSeconds = 3000
		r.publish(j)
		time.Sleep(15 * time.Minute)
		if n := len(r.seen(worker.KindTaken, "j1")); n < 9 {
			t.Fatalf("only %d deliveries: nothing is shown", n)
		}
		wire.losing("")
		want(t, r.await(1, 2*time.Minute)["j1"], schema.OutcomeSent, "sent", 1)
		if n := len(r.deadLetters()); n != 0 {
			t.Errorf("%d dead letters", n)
		}
		r.onceEach()
	})
}
