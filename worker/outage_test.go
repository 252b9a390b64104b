package worker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// A provider that is dead for five minutes costs no job and next to no call:
// the queue waits, one probe per open period looks, and all is sent within two
// seconds after the provider is back.
func TestOutageCostsNoJobs(t *testing.T) {
	const (
		jobs   = 10_000
		outage = 5 * time.Minute
	)
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		r.closeProvider()
		for i := range jobs {
			j := job(fmt.Sprintf("j%d", i), goodNumber)
			j.TTLSeconds = 900
			r.publish(j)
		}
		time.Sleep(outage)
		if len(r.seen(worker.KindBreaker, "")) == 0 {
			t.Fatal("the breaker did not open")
		}
		// The calls that were out when the breaker opened, then one per period.
		cfg := r.setup.worker
		calls := len(r.seen(worker.KindAttempt, ""))
		if limit := cfg.Slots() + int(outage/cfg.BreakerOpen) + 1; calls > limit {
			t.Errorf("%d calls in an outage of %s, want at most %d", calls, outage, limit)
		}
		r.openProvider()
		back := time.Now()
		results := r.await(jobs, time.Minute)
		if took := time.Since(back); took > 2*time.Second {
			t.Errorf("drained %s after the provider was back", took)
		}
		attempts := 0
		for id, result := range results {
			attempts += result.Attempts
			if result.Outcome != schema.OutcomeSent {
				t.Errorf("job %s: %s (%s)", id, result.Outcome, result.Reason)
			}
		}
		if attempts > jobs+calls {
			t.Errorf("%d attempts for %d jobs: the outage burnt more than its probes", attempts, jobs)
		}
		r.drained()
		r.onceEach()
	})
}

func TestBreakerOpensHalfOpensAndCloses(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.worker.BreakerOpen = 5 * time.Second }, func(t *testing.T, r *rig) {
		r.startWorker()
		r.closeProvider()
		start := time.Now()
		for i := range 5 {
			r.publish(job(fmt.Sprintf("j%d", i), goodNumber))
		}
		time.Sleep(7 * time.Second)
		r.openProvider()
		r.await(5, time.Minute)
		// Held jobs come back within half a second after the open period, and
		// an empty queue is looked at again after 200 ms.
		const late = 800 * time.Millisecond
		want := []struct {
			change string
			after  time.Duration
		}{
			{"closed→open", 0},
			{"open→half-open", 5 * time.Second},
			{"half-open→open", 5 * time.Second},
			{"open→half-open", 10 * time.Second},
			{"half-open→closed", 10 * time.Second},
		}
		got := r.seen(worker.KindBreaker, "")
		if len(got) != len(want) {
			t.Fatalf("%d transitions, want %d", len(got), len(want))
		}
		for i, e := range got {
			at := e.Time.Sub(start)
			if e.From+"→"+e.To != want[i].change || at < want[i].after || at > want[i].after+2*late {
				t.Errorf("transition %d is %s→%s after %s, want %s after %s", i, e.From, e.To, at, want[i].change, want[i].after)
			}
		}
	})
}

// A refused account is nobody's fault: no job fails for it, and the provider is
// left alone but for one probe per 30 s.
func TestRefusedAccountFailsNoJob(t *testing.T) {
	for _, status := range []string{"-1", "-2", "-10"} {
		t.Run(status, func(t *testing.T) {
			const jobs = 1000
			inVirtualTime(t, nil, func(t *testing.T, r *rig) {
				r.startWorker()
				r.box.SetFault(sandbox.Fault{Status: status})
				for i := range jobs {
					r.publish(job(fmt.Sprintf("j%d", i), goodNumber))
				}
				time.Sleep(65 * time.Second)
				if calls := r.box.Stats().Calls; calls > int64(r.setup.worker.Slots())+2 {
					t.Errorf("%d calls in 65 s to an account that is refused", calls)
				}
				r.box.SetFault(sandbox.Fault{})
				for id, result := range r.await(jobs, time.Minute) {
					if result.Outcome != schema.OutcomeSent {
						t.Errorf("job %s: %s (%s)", id, result.Outcome, result.Reason)
					}
				}
				r.onceEach()
			})
		})
	}
}

// Jobs that run out of time in an outage get their answer, with the reason, as
// soon as a worker may look at the queue again.
func TestOutageLongerThanTheCode(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		r.closeProvider()
		for i := range 50 {
			j := job(fmt.Sprintf("j%d", i), goodNumber)
			j.TTLSeconds = 30
			r.publish(j)
		}
		results := r.await(50, 60*time.Second)
		for id, result := range results {
			if result.Outcome != schema.OutcomeExpired {
				t.Errorf("job %s: %s (%s)", id, result.Outcome, result.Reason)
			}
		}
		r.openProvider()
		r.drained()
		if n := r.box.Stats().Accepted; n != 0 {
			t.Errorf("%d sends", n)
		}
	})
}

func TestWrongClockIsCorrectedOnce(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.sandbox.ClockOffset = 2 * time.Hour }, func(t *testing.T, r *rig) {
		r.startWorker()
		r.publish(job("j1", goodNumber))
		want(t, r.await(1, time.Minute)["j1"], schema.OutcomeSent, "sent", 2)
		if n := len(r.seen(worker.KindBreaker, "")); n != 0 {
			t.Errorf("a clock that could be corrected moved a breaker %d times", n)
		}
		r.publish(job("j2", goodNumber))
		want(t, r.await(2, time.Minute)["j2"], schema.OutcomeSent, "sent", 1)
	})
}

// The same where the provider takes connections and answers nothing: the queue
// does not wait for the call of a job that probes.
func TestHangingProviderCostsNoTime(t *testing.T) {
	jobs := size(2000, 300)
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		r.box.SetFault(sandbox.Fault{Hang: true, Records: true})
		for i := range jobs {
			j := job(fmt.Sprintf("j%d", i), goodNumber)
			j.TTLSeconds = 900
			r.publish(j)
		}
		time.Sleep(2 * time.Minute)
		// The calls that were out when the breaker opened have been asked about.
		first := len(r.seen(worker.KindAttempt, ""))
		if limit := r.setup.worker.Slots(); first > limit {
			t.Errorf("%d calls of jobs while nothing was answered, want at most %d", first, limit)
		}
		r.box.SetFault(sandbox.Fault{})
		back := time.Now()
		r.await(jobs, time.Minute)
		var late int
		for _, e := range r.seen(worker.KindResult, "") {
			if e.Time.Sub(back) > 2*time.Second {
				late++
			}
		}
		if late > 0 {
			t.Errorf("%d jobs came later than 2s after the provider was back", late)
		}
		r.drained()
		r.onceEach()
	})
}
