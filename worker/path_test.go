package worker_test

import (
	"testing"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

func TestOneJobIsSent(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		r.publish(job("j1", goodNumber))
		results := r.await(1, time.Minute)
		want(t, results["j1"], schema.OutcomeSent, "sent", 1)
		if results["j1"].VerificationID == "" {
			t.Error("no verification id")
		}
		r.drained()
		r.onceEach()
	})
}

// Every test number of the sandbox, once misbehaving and then well: each job
// ends as the status table says, with one message sent at most.
func TestEveryTestNumberOnce(t *testing.T) {
	rejected := map[string]string{
		"21": "invalid_data", "22": "invalid_parameter", "24": "not_found", "25": "out_of_range",
		"28": "phone_limit", "29": "sensitive_content", "40": "http_4xx",
	}
	for _, number := range sandbox.Numbers() {
		t.Run(number.NN, func(t *testing.T) {
			inVirtualTime(t, nil, func(t *testing.T, r *rig) {
				r.startWorker()
				r.publish(job("j1", number.Example(1)))
				result := r.await(1, 2*time.Minute)["j1"]
				if reason, ok := rejected[number.NN]; ok {
					want(t, result, schema.OutcomeRejected, reason, 1)
				} else if result.Outcome != schema.OutcomeSent || len(r.box.Sends("j1")) != 1 {
					t.Errorf("%s (%s), %d sends: want one send and its result", result.Outcome, result.Reason, len(r.box.Sends("j1")))
				}
				r.drained()
				r.onceEach()
			})
		})
	}
}

// The same numbers misbehaving for ever: nothing is sent, or once where the
// number says so, and each job has its result soon after its expiry.
func TestEveryTestNumberAlways(t *testing.T) {
	for _, number := range sandbox.Numbers() {
		t.Run(number.NN, func(t *testing.T) {
			inVirtualTime(t, nil, func(t *testing.T, r *rig) {
				r.startWorker()
				j := job("j1", number.Example(0))
				j.TTLSeconds = 60
				r.publish(j)
				result := r.await(1, 3*time.Minute)["j1"]
				sends := len(r.box.Sends("j1"))
				if (result.Outcome == schema.OutcomeSent) != (sends == 1) || sends > 1 {
					t.Errorf("result %s (%s) and %d sends", result.Outcome, result.Reason, sends)
				}
				r.drained()
				r.onceEach()
			})
		})
	}
}

func TestRetryScheduleToTheSecond(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.worker.BreakerFailures = 100 }, func(t *testing.T, r *rig) {
		r.startWorker()
		r.closeProvider()
		r.publish(job("j1", goodNumber))
		time.Sleep(40 * time.Second)
		var got []time.Duration
		attempts := r.seen(worker.KindAttempt, "j1")
		for _, e := range attempts {
			got = append(got, e.Time.Sub(attempts[0].Time))
		}
		// 0.5 s after the first, doubling: the first two delays are waited for
		// in the slot, the others in the queue.
		for i, at := range []time.Duration{0, 500, 1500, 3500, 7500, 15500, 31500} {
			if i >= len(got) || got[i] < at*time.Millisecond || got[i] > at*time.Millisecond+20*time.Millisecond {
				t.Fatalf("attempts at %v, want number %d at %dms", got, i+1, at)
			}
		}
		r.openProvider()
		want(t, r.await(1, time.Minute)["j1"], schema.OutcomeSent, "sent", 8)
		r.onceEach()
	})
}

func TestRetryAfterIsAFloor(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		r.box.SetFault(sandbox.Fault{Throttle: 7, Times: 1})
		start := time.Now()
		r.publish(job("j1", goodNumber))
		want(t, r.await(1, time.Minute)["j1"], schema.OutcomeSent, "sent", 2)
		attempts := r.seen(worker.KindAttempt, "j1")
		if after := attempts[1].Time.Sub(start); after < 7*time.Second || after > 8*time.Second {
			t.Errorf("second attempt %s after a Retry-After of 7s", after)
		}
	})
}

func TestLanesDoNotWaitForEachOther(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.worker.BatchSlots = 1 }, func(t *testing.T, r *rig) {
		r.box.SetFault(sandbox.Fault{Latency: 5 * time.Second})
		r.startWorker()
		for _, id := range []string{"b1", "b2", "b3"} {
			if err := r.queue.Publish(t.Context(), schema.LaneBatch, job(id, goodNumber)); err != nil {
				t.Fatal(err)
			}
		}
		r.publish(job("j1", goodNumber))
		results := r.await(4, time.Minute)
		if total := results["j1"].Timings.Total; total > 6000 {
			t.Errorf("the interactive job took %d ms behind a batch", total)
		}
		if results["b1"].Lane != schema.LaneBatch {
			t.Errorf("lane %q", results["b1"].Lane)
		}
	})
}
