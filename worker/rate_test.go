package worker_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// A clerk accepts all, after a while, and notes when, of which app.
type clerk struct {
	takes time.Duration
	mu    sync.Mutex
	calls map[string][]time.Time
}

func (c *clerk) SendRule(_ context.Context, req client.SendRuleRequest) (client.SendRuleResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls == nil {
		c.calls = map[string][]time.Time{}
	}
	c.calls[req.AppID] = append(c.calls[req.AppID], time.Now())
	c.mu.Unlock()
	time.Sleep(c.takes)
	c.mu.Lock()
	return client.SendRuleResponse{VerificationID: "1"}, nil
}

func (c *clerk) RecordByOrderID(context.Context, client.RecordByOrderIDRequest) (client.Record, error) {
	return client.Record{}, nil
}

// of are the times of an app's calls, or of all ("").
func (c *clerk) of(appID string) (all []time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, calls := range c.calls {
		if appID == "" || id == appID {
			all = append(all, calls...)
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// most and least are the calls in any 10 s, between begin and end.
func windows(calls []time.Time, begin, end time.Time) (most, least int) {
	least = len(calls)
	for at := begin; !at.Add(10 * time.Second).After(end); at = at.Add(100 * time.Millisecond) {
		from, _ := slices.BinarySearchFunc(calls, at, time.Time.Compare)
		to, _ := slices.BinarySearchFunc(calls, at.Add(10*time.Second), time.Time.Compare)
		most, least = max(most, to-from), min(least, to-from)
	}
	return most, least
}

// batchOf queues plain jobs of an app on the batch lane.
func (r *rig) batchOf(appID string, n int) {
	jobs := make([]schema.Job, n)
	for i := range jobs {
		jobs[i] = job(fmt.Sprintf("%s-%d", appID, i), goodNumber)
		jobs[i].AppID, jobs[i].TTLSeconds = appID, 3600
	}
	r.batch(jobs...)
}

// Three workers keep one rate: in any 10 s at most 5 % more, and at least 90 % of
// it while there is work, also when one of them goes.
func TestFleetKeepsTheRate(t *testing.T) {
	const rate = 40
	inVirtualTime(t, func(s *setup) { s.worker.Rate = rate }, func(t *testing.T, r *rig) {
		provider := &clerk{}
		r.batchOf("app1", 45*rate)
		r.startWorkerWith(provider)
		stopOthers := r.startMore(2, provider)
		time.Sleep(3 * time.Second)
		begin := time.Now()
		time.Sleep(15 * time.Second)
		stopOthers()
		time.Sleep(20 * time.Second)
		most, least := windows(provider.of(""), begin, time.Now())
		if most > rate*10*105/100 || least < rate*10*90/100 {
			t.Errorf("%d to %d calls in 10 s at a rate of %d a second", least, most, rate)
		}
		r.stopWorker()
	})
}

// A worker tells that jobs wait for the rate as long as they do.
func TestConditionOfTheRate(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.worker.Rate = 20 }, func(t *testing.T, r *rig) {
		r.startWorkerWith(&clerk{takes: 200 * time.Millisecond})
		time.Sleep(2 * time.Second)
		few := func() {
			for i := range 10 {
				r.publish(job(fmt.Sprintf("few-%d-%d", time.Now().Unix(), i), goodNumber))
				time.Sleep(500 * time.Millisecond)
			}
		}
		few()
		if r.stats.Snapshot().RateShort {
			t.Error("ten jobs in five seconds wait for a rate of 20")
		}
		r.batchOf("app1", 400)
		time.Sleep(4 * time.Second)
		for range 20 {
			time.Sleep(487 * time.Millisecond)
			if s := r.stats.Snapshot(); !s.RateShort || s.Rate != 20 {
				t.Errorf("%d jobs wait: short %v of %v", s.Lanes[schema.LaneBatch].Queued, s.RateShort, s.Rate)
			}
		}
		time.Sleep(20 * time.Second)
		if s := r.stats.Snapshot(); s.RateShort || s.Lanes[schema.LaneBatch].Queued != 0 {
			t.Errorf("at the end: %+v", s)
		}
		r.stopWorker()
	})
}

// An app with a rate of its own keeps it, and takes no slot from the others
// while it waits.
func TestAppKeepsItsRate(t *testing.T) {
	inVirtualTime(t, func(s *setup) {
		s.worker.AppRates = map[string]float64{"slow": 2}
		s.worker.BatchSlots = 4
	}, func(t *testing.T, r *rig) {
		provider := &clerk{}
		r.batchOf("slow", 100)
		r.batchOf("fast", 2000)
		r.startWorkerWith(provider)
		begin := time.Now()
		time.Sleep(25 * time.Second)
		most, least := windows(provider.of("slow"), begin.Add(3*time.Second), time.Now())
		if most > 21 || least < 18 {
			t.Errorf("%d to %d calls in 10 s at a rate of 2 a second", least, most)
		}
		if n := len(provider.of("fast")); n != 2000 {
			t.Errorf("%d of the other app's 2000 jobs are sent", n)
		}
		r.stopWorker()
	})
}

// Logins have first claim on the rate: beside a batch that takes all of it each
// is sent within a few tokens' time.
func TestLoginsGoFirst(t *testing.T) {
	const rate = 20
	inVirtualTime(t, func(s *setup) { s.worker.Rate = rate }, func(t *testing.T, r *rig) {
		defer worker.LookEach(80 * time.Millisecond)()
		provider := &clerk{}
		r.batchOf("app1", 60*rate)
		r.startWorkerWith(provider)
		time.Sleep(5 * time.Second)
		for i := range 30 {
			r.publish(job(fmt.Sprintf("login-%d", i), goodNumber))
			time.Sleep(500 * time.Millisecond)
		}
		time.Sleep(time.Second)
		logins := 0
		for _, e := range r.seen(worker.KindResult, "") {
			if !strings.HasPrefix(e.JobID, "login-") {
				continue
			}
			logins++
			if e.Result.Timings.Total > 400 {
				t.Errorf("%s took %d ms, %d of them held", e.JobID, e.Result.Timings.Total, e.Result.Timings.Held)
			}
		}
		if logins != 30 {
			t.Errorf("%d of 30 logins are sent", logins)
		}
		r.stopWorker()
	})
}

// A Retry-After slows the fleet, not one worker: nobody calls before it is over.
func TestThrottledSlowsTheFleet(t *testing.T) {
	for name, rate := range map[string]float64{"with a rate": 100, "without": 0} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(s *setup) { s.worker.Rate, s.sandbox.Latency = rate, time.Second }, func(t *testing.T, r *rig) {
				provider := &clerk{takes: time.Second}
				r.batchOf("app1", 1500)
				r.startWorker()
				stopOther := r.startSecond(provider)
				time.Sleep(3 * time.Second)
				r.box.SetFault(sandbox.Fault{Throttle: 7, Times: 1})
				for range 500 {
					if throttled(r) {
						break
					}
					time.Sleep(10 * time.Millisecond)
				}
				at := time.Now()
				time.Sleep(10 * time.Second)
				early := 0
				for _, call := range provider.of("") {
					if since := call.Sub(at); since > 1500*time.Millisecond && since < 6900*time.Millisecond {
						early++
					}
				}
				if calls := len(provider.of("")); early > 0 || calls < 100 || !throttled(r) {
					t.Errorf("the other worker made %d calls in the pause, %d in all", early, calls)
				}
				stopOther()
				r.stopWorker()
			})
		})
	}
}

func throttled(r *rig) bool {
	return slices.ContainsFunc(r.seen(worker.KindAttempt, ""), func(e worker.Event) bool { return e.Verdict.Reason == "throttled" })
}

// A job that makes no call costs no token: expired ones leave the rate to others.
func TestExpiredJobsCostNoTokens(t *testing.T) {
	const rate = 5
	inVirtualTime(t, func(s *setup) { s.worker.Rate = rate }, func(t *testing.T, r *rig) {
		provider := &clerk{}
		old := make([]schema.Job, 300)
		for i := range old {
			old[i] = job(fmt.Sprintf("old-%d", i), goodNumber)
			old[i].TTLSeconds = 1
		}
		r.batch(old...)
		time.Sleep(2 * time.Second)
		r.batchOf("app2", 20*rate)
		r.startWorkerWith(provider)
		time.Sleep(15 * time.Second)
		if n := len(provider.of("app2")); n < 12*rate {
			t.Errorf("%d calls in 15 s at a rate of %d a second", n, rate)
		}
		expired := 0
		for _, e := range r.seen(worker.KindResult, "") {
			if e.Result.Outcome == schema.OutcomeExpired {
				expired++
			}
		}
		if expired != len(old) {
			t.Errorf("%d of %d expired jobs have their result", expired, len(old))
		}
		r.stopWorker()
	})
}
