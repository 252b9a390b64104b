package worker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
)

// Nothing is written to the provider after a code's expiry, however close that
// is to what happens to the job: each event has jobs that expire a second, a
// tenth and a thousandth of a second before and after it, and at it.
func TestExpiryAroundEachEvent(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration // the event comes so long after the job
		to    string
		odds  odds
		crash effect
	}{
		"the delivery":                {0, goodNumber, odds{}, ""},
		"the answer":                  {300 * time.Millisecond, goodNumber, odds{latency: 300 * time.Millisecond}, ""},
		"the end of a call's time":    {8 * time.Second, "15557010001", odds{}, ""},
		"a retry in the slot":         {time.Second, "15554210001", odds{}, ""},
		"a retry in the queue":        {5 * time.Second, "15552710001", odds{}, ""},
		"the account's pause":         {30 * time.Second, "15551010001", odds{}, ""},
		"the question, nothing sent":  {18 * time.Second, "15556110001", odds{}, ""},
		"the question, answer lost":   {18 * time.Second, "15556210001", odds{}, ""},
		"the redelivery":              {30 * time.Second, goodNumber, odds{}, effectSend},
		"the redelivery, not claimed": {30 * time.Second, goodNumber, odds{}, effectLedger},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, nil, func(t *testing.T, w *world) {
				w.provider.misbehave(1, c.odds)
				first := w.start("w1")
				if c.crash != "" {
					first.gate.arm(&trap{on: c.crash, left: 4, spring: func() {
						first.kill()
						go w.start("w2")
					}})
				}
				jobs := around(c.after, c.to)
				for _, j := range jobs {
					w.enqueue(schema.LaneInteractive, "app1", j)
				}
				w.emptied(5 * time.Minute)
				a := w.audit()
				if !a.clean() || a.jobs != len(jobs) {
					t.Error(a)
				}
				t.Logf("%s: %d calls, %v", name, len(w.provider.arrived()), a.outcomes)
			})
		})
	}
}

// around are jobs that expire around an event to come.
func around(event time.Duration, to string) []schema.Job {
	var jobs []schema.Job
	for _, offset := range []time.Duration{-time.Second, -100 * time.Millisecond, -time.Millisecond, 0, time.Millisecond, 100 * time.Millisecond, time.Second} {
		j := job(fmt.Sprintf("j%d", len(jobs)), to)
		j.CreatedAt = time.Now().Add(-time.Minute)
		j.ExpiresAt = time.Now().Add(event + offset)
		jobs = append(jobs, j)
	}
	return jobs
}

// A broker that is away for longer than the codes live: every job has its
// answer within ten seconds after a worker is back, and nothing is sent.
func TestBrokerAwayForLongerThanTheCodes(t *testing.T) {
	const jobs = 300
	inWorld(t, nil, func(t *testing.T, w *world) {
		before := w.start("w1")
		before.kill()
		for i := range jobs {
			j := job(fmt.Sprintf("j%d", i), goodNumber)
			j.TTLSeconds = 60
			w.enqueue(schema.Lanes()[i%2], "app1", j)
		}
		time.Sleep(3 * time.Minute)
		back := time.Now()
		w.start("w2")
		w.emptied(time.Minute)
		if took := time.Since(back); took > 10*time.Second {
			t.Errorf("the answers took %s", took)
		}
		a := w.audit()
		if !a.clean() || a.outcomes[schema.OutcomeExpired] != jobs || len(w.provider.arrived()) != 0 {
			t.Errorf("%d calls; %s", len(w.provider.arrived()), a)
		}
	})
}

// A broker that workers lose with jobs in hand, and that takes up again where
// it was: nothing is sent late, and each job has one answer.
func TestBrokerCutOffWithJobsInHand(t *testing.T) {
	const jobs = 400
	inWorld(t, nil, func(t *testing.T, w *world) {
		w.provider.misbehave(3, odds{lostRequest: 100, lostAnswer: 100, late: 12 * time.Second, latency: time.Second})
		var cut []*process
		for i := range 4 {
			cut = append(cut, w.start(fmt.Sprintf("w%d", i+1)))
		}
		for i := range jobs {
			j := job(fmt.Sprintf("j%d", i), goodNumber)
			j.TTLSeconds = 60
			w.enqueue(schema.Lanes()[i%2], "app1", j)
			if i == jobs/2 {
				time.Sleep(1500 * time.Millisecond)
				for _, p := range cut {
					p.gate.setCut(true)
				}
			}
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(3 * time.Minute)
		for _, p := range cut {
			p.gate.setCut(false)
		}
		back := time.Now()
		w.emptied(5 * time.Minute)
		a := w.audit()
		if !a.clean() || a.jobs != jobs {
			t.Error(a)
		}
		t.Logf("%d calls, %v, answered %s after the cut", len(w.provider.arrived()), a.outcomes, time.Since(back))
	})
}

// The negative control: what reaches the provider late is seen.
func TestLateCallsAreSeen(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		w.gates = func(g *gate) { g.stale = true }
		p := w.start("w1")
		p.gate.arm(&trap{on: effectSend, left: 1, spring: func() { p.freeze(frozen) }})
		j := job("j1", goodNumber)
		j.TTLSeconds = 20
		w.enqueue(schema.LaneInteractive, "app1", j)
		w.emptied(5 * time.Minute)
		time.Sleep(time.Minute)
		if a := w.audit(); a.late == 0 {
			t.Errorf("a call 25 s after the expiry was not seen: %s", a)
		}
	})
}
