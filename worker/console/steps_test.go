package console

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/stats"
)

// What happened stands in its order, however little later the times of one clock
// are than those of another; an earlier life of a replayed job stands before.
func TestOrderOfSteps(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	after := func(d time.Duration) time.Time { return noon.Add(d) }
	trail := func(queued, taken, completed time.Time) worker.Trail {
		return worker.Trail{
			QueuedAt: queued, Claim: &worker.Claim{State: "done", TakenAt: taken},
			Result: &schema.Result{Outcome: schema.OutcomeExpired, CompletedAt: completed},
		}
	}
	took := func(at time.Time) happening { return happening{kind: worker.KindTaken, at: at} }
	inOrder := []string{"Published", "Taken", "Result: expired"}
	for name, tc := range map[string]struct {
		trail worker.Trail
		seen  []happening
		want  []string
	}{
		"apart":                    {trail(noon, after(time.Second), after(2*time.Second)), nil, inOrder},
		"at once":                  {trail(noon, noon, noon), nil, inOrder},
		"counted back too little":  {trail(after(time.Millisecond), after(400*time.Microsecond), after(time.Millisecond)), nil, inOrder},
		"the broker's clock ahead": {trail(after(40*time.Millisecond), after(10*time.Millisecond), after(50*time.Millisecond)), nil, inOrder},
		"a result of milliseconds": {trail(noon, after(700*time.Microsecond), noon), nil, inOrder},
		"seen here":                {worker.Trail{QueuedAt: after(time.Millisecond), Result: &schema.Result{Outcome: schema.OutcomeExpired, CompletedAt: noon}}, []happening{took(after(300 * time.Microsecond))}, inOrder},
		"replayed":                 {worker.Trail{QueuedAt: after(time.Minute)}, []happening{took(noon), took(after(61 * time.Second))}, []string{"Taken", "Published", "Taken"}},
	} {
		t.Run(name, func(t *testing.T) {
			var names []string
			for _, s := range stepsOf(tc.trail, tc.seen) {
				names = append(names, s.Name)
			}
			if !slices.Equal(names, tc.want) {
				t.Errorf("%v, want %v", names, tc.want)
			}
		})
	}
}

// A job that waits says for what: a breaker before the rate.
func TestWaitsFor(t *testing.T) {
	open := []stats.Breaker{{Scope: worker.ScopeAccount, State: "open", Reason: "bad_credentials"}}
	for want, own := range map[string]stats.Snapshot{
		"It is in the queue.": {Rate: 20},
		"It is in the queue. Jobs wait for the rate: 20 sends per second.": {Rate: 20, RateShort: true},
		"It is in the queue, held for the breaker of the account, open":    {Rate: 20, RateShort: true, Breakers: open},
	} {
		p := &Page{cfg: Config{Brief: func() stats.Snapshot { return own }}}
		if got := p.waiting(worker.Trail{AppID: "app1"}).Text; !strings.HasPrefix(got, want) || own.Breakers == nil && got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
