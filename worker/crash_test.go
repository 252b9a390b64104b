package worker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
)

// A route is a way that a job can take through a worker.
type route struct {
	name    string
	to      string
	ttl     int
	old     bool // the code was made an hour ago
	invalid bool // published on another app's subject
	// silent is a provider that accepts and never answers, also no question.
	silent  bool
	outcome schema.Outcome
	sends   int
}

var routes = []route{
	{name: "accepted", to: goodNumber, outcome: schema.OutcomeSent, sends: 1},
	{name: "answer lost", to: "15556210001", outcome: schema.OutcomeSent, sends: 1},
	{name: "no answer", to: "15557010001", outcome: schema.OutcomeSent, sends: 1},
	{name: "request lost", to: "15556110001", outcome: schema.OutcomeSent, sends: 1},
	{name: "refused for now, waits in the slot", to: "15554210001", outcome: schema.OutcomeSent, sends: 1},
	{name: "refused for now, waits in the queue", to: "15552730001", outcome: schema.OutcomeSent, sends: 1},
	{name: "account refused", to: "15551010001", outcome: schema.OutcomeSent, sends: 1},
	{name: "rejected", to: "15552200001", outcome: schema.OutcomeRejected},
	{name: "expired while refused", to: "15552700001", ttl: 20, outcome: schema.OutcomeExpired},
	{name: "expired in the queue", to: goodNumber, old: true, outcome: schema.OutcomeExpired},
	{name: "invalid", to: goodNumber, invalid: true, outcome: schema.OutcomeInvalid},
	// A crash before the call leaves a claim that nobody can be asked about, or
	// a job that is expired when it comes back.
	{name: "unknown", to: goodNumber, ttl: 5, silent: true, outcome: schema.OutcomeUnknown, sends: 1},
}

func (r route) job(id string) schema.Job {
	j := job(id, r.to)
	j.TTLSeconds, j.ReplyTo = r.ttl, "otp.v1.reply."+id
	if r.old {
		j.CreatedAt = time.Now().Add(-time.Hour)
	}
	return j
}

// A crash before or after any effect of a worker, on any route, changes
// nothing: one result, no second message, none late, nothing left behind.
func TestCrashAtEveryEffect(t *testing.T) {
	for _, r := range routes {
		t.Run(r.name, func(t *testing.T) {
			var effects []effect
			inWorld(t, r.setup, func(_ *testing.T, w *world) {
				w.prepare(r)
				effects = w.undisturbed(r)
			})
			first, step := 0, size(1, 3)
			if underRace { // each run has others
				first = int(time.Now().UnixNano()/1000) % step
			}
			for at := first; at < 2*len(effects); {
				inWorld(t, r.setup, func(_ *testing.T, w *world) {
					w.prepare(r)
					for ; at < 2*len(effects) && time.Since(epoch) < ledgerLife; at += step {
						w.crashed(r, at/2+1, at%2 == 1, effects[at/2])
					}
					w.agrees(r)
				})
			}
			t.Logf("%s: %d crashes around %v", r.name, 2*len(effects), effects)
		})
	}
}

// ledgerLife is how long a bubble may last. The broker's store compares the age
// of ledger entries with the wall clock, and drops all of them at the first look
// it takes, after two hours.
const ledgerLife = 90 * time.Minute

func (r route) setup(s *setup) {
	s.worker.RetryInPlace = 1500 * time.Millisecond
	if r.silent {
		s.worker.RetryInitial = 4 * time.Second
	}
}

func (w *world) prepare(r route) {
	if r.silent {
		w.box.SetFault(sandbox.Fault{HTTP: 500, Accept: true, Records: true})
	}
}

// epoch is when every bubble begins.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// agrees fails the test unless every job of the route ended as it should.
func (w *world) agrees(r route) {
	w.t.Helper()
	a := w.audit()
	if !a.clean() {
		w.t.Error(a)
	}
	if r.silent {
		return
	}
	if n := a.outcomes[r.outcome]; n != a.jobs {
		w.t.Errorf("%d of %d jobs are %s", n, a.jobs, r.outcome)
	}
	for id := range w.accounts {
		if n := len(w.box.Sends(id)); n != r.sends {
			w.t.Errorf("%s: sent %d times, want %d", id, n, r.sends)
		}
	}
}

// undisturbed counts the effects of a run without a crash.
func (w *world) undisturbed(r route) []effect {
	p := w.start("first")
	w.put(r, "undisturbed")
	w.emptied(10 * time.Minute)
	p.stop()
	return p.gate.effects()
}

// crashed kills a worker at its k-th effect and lets a second one take over.
func (w *world) crashed(r route, k int, after bool, e effect) {
	id := fmt.Sprintf("crash-at-%d-%s-after-%t", k, e, after)
	first := w.start("first")
	crash := make(chan struct{})
	first.gate.arm(&trap{left: k, after: after, spring: func() {
		first.kill()
		close(crash)
	}})
	w.put(r, id)
	select {
	case <-crash:
	case <-time.After(5 * time.Minute):
		w.t.Errorf("%s never came", id)
		first.kill()
	}
	second := w.start("second")
	w.emptied(10 * time.Minute)
	second.stop()
	<-first.done
}

func (w *world) put(r route, id string) {
	app := "app1"
	if r.invalid {
		app = "app2"
	}
	w.enqueue(schema.LaneInteractive, app, r.job(id))
}
