package console_test

import (
	"context"
	"strings"
	"testing"

	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/console"
	"github.com/otpworker/otpworker/worker/stats"
)

// A worker that has lost its broker says that first: it sees nobody, itself neither.
func TestOverviewWithoutBroker(t *testing.T) {
	faults := func(parts ...string) (all []stats.Fault) {
		for _, part := range parts {
			all = append(all, stats.Fault{Part: part, Err: "no NATS server reachable"})
		}
		return all
	}
	for name, tc := range map[string]struct {
		own        worker.Condition
		shown      stats.Overview
		has, hasNo []string
	}{
		"all is gone": {
			worker.Condition{Phase: worker.PhaseWorking},
			stats.Overview{At: now, Faults: faults("batches", "dead", "lanes", "workers")},
			[]string{`class="banner bad"`, "No broker<", "jobs wait", "no NATS server reachable", "OTPNoWorker</code> in the runbook: no broker is connected"},
			[]string{"Working", "No breaker is open", ">No job had a result.<", "No worker answers", "Nothing here asks for the runbook"},
		},
		"while it ends": {worker.Condition{Phase: worker.PhaseDraining}, stats.Overview{At: now, Faults: faults("workers")}, []string{"No broker<"}, nil},
		"just gone":     {worker.Condition{Phase: worker.PhaseWorking}, fleet(well("w1")), []string{"No broker<"}, []string{"Working<"}},
		"not begun yet": {worker.Condition{Phase: worker.PhaseStarting}, fleet(well("w2")), []string{"Working<"}, []string{"No broker<"}},
		"there":         {worker.Condition{Phase: worker.PhaseWorking, Connected: true}, fleet(well("w1")), []string{"Working<", "No breaker is open", ">No job had a result.<"}, []string{"No broker<"}},
		"there, and may not ask": {
			worker.Condition{Phase: worker.PhaseWorking, Connected: true}, stats.Overview{At: now, Faults: faults("workers")},
			[]string{"Not all of it can be looked at"}, []string{"No broker<", "No breaker is open", ">No job had a result.<", "No worker answers"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			collector := stats.NewCollector("v1")
			collector.Watch(condition(tc.own))
			p := page(t, func(c *console.Config) {
				c.Brief = collector.Brief
				c.Overview = func(context.Context) (stats.Overview, error) { return tc.shown, nil }
			})
			got := ask(p, "GET", "/", nil, nil)
			for _, want := range tc.has {
				if !strings.Contains(got.body, want) {
					t.Errorf("no %q in\n%s", want, got.body)
				}
			}
			for _, bad := range tc.hasNo {
				if strings.Contains(got.body, bad) {
					t.Errorf("%q in\n%s", bad, got.body)
				}
			}
		})
	}
}

// A condition is that of a worker that is not there.
type condition worker.Condition

func (c condition) Condition() worker.Condition { return worker.Condition(c) }
