package stats_test

import (
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/stats"
)

func TestHealth(t *testing.T) {
	well := worker.Condition{Phase: worker.PhaseWorking, Connected: true, SinceBeat: time.Second, SinceLook: time.Second, SinceStop: -1, KillAfter: 35 * time.Second}
	for name, tc := range map[string]struct {
		change       func(*worker.Condition)
		alive, ready bool
		why          string
	}{
		"well":                   {func(*worker.Condition) {}, true, true, ""},
		"starting":               {func(c *worker.Condition) { c.Phase, c.SinceBeat, c.SinceLook = worker.PhaseStarting, -1, -1 }, true, false, "starting"},
		"the loop stands still":  {func(c *worker.Condition) { c.SinceBeat = 31 * time.Second }, false, false, "the main loop stands still for 31s"},
		"the loop is slow":       {func(c *worker.Condition) { c.SinceBeat = 29 * time.Second }, true, true, ""},
		"no broker":              {func(c *worker.Condition) { c.Connected = false }, true, false, "no broker is connected"},
		"a silent broker":        {func(c *worker.Condition) { c.SinceLook = 16 * time.Second }, true, false, "the queue has not been seen for 16s"},
		"the queue was not seen": {func(c *worker.Condition) { c.SinceLook = -1 }, true, false, "the queue has not been seen for 0s"},
		"draining":               {func(c *worker.Condition) { c.Phase, c.SinceStop = worker.PhaseDraining, time.Second }, true, false, "draining"},
		"draining, loop at rest": {func(c *worker.Condition) {
			c.Phase, c.SinceStop, c.SinceBeat = worker.PhaseDraining, 34*time.Second, time.Minute
		}, true, false, "draining"},
		"the drain does not end": {func(c *worker.Condition) { c.Phase, c.SinceStop = worker.PhaseDraining, 36*time.Second }, false, false, "the stop takes longer than 35s"},
		"breakers have no say": {func(c *worker.Condition) {
			c.Breakers = []worker.BreakerCondition{{Scope: worker.ScopeProvider, State: "open"}, {Scope: worker.ScopeAccount, State: "open"}}
		}, true, true, ""},
		"a clock that is far off": {func(c *worker.Condition) { c.Skew = time.Hour }, true, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := well
			tc.change(&c)
			collector := stats.NewCollector("")
			collector.Watch((*fakeWorker)(&c))
			s := collector.Brief()
			if s.Alive != tc.alive || s.Ready != tc.ready || !strings.Contains(strings.Join(s.Why, "; "), tc.why) || tc.ready != (len(s.Why) == 0) {
				t.Errorf("alive %v, ready %v, why %q", s.Alive, s.Ready, s.Why)
			}
		})
	}
}

// Before there is a worker, as while a broker is waited for, the process is alive
// and not ready.
func TestHealthWithoutAWorker(t *testing.T) {
	if s := stats.NewCollector("").Brief(); !s.Alive || s.Ready || s.State != worker.PhaseStarting || s.Connected {
		t.Errorf("%+v", s)
	}
}
