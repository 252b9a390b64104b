//go:build unix

package proof_test

import (
	"testing"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
)

// A spell is one of the provider's faults and its share of all calls in
// percent, of sends and questions alike.
type spell struct {
	kind  string
	share int
	fault sandbox.Fault
}

// spells come one after the other and again, each for an equal part of the run
// and with as many times its share as there are spells.
var spells = []spell{
	{"lost answers", 5, sandbox.Fault{Drop: sandbox.DropAfter}},
	{"lost requests", 2, sandbox.Fault{Drop: sandbox.DropBefore}},
	{"5xx", 2, sandbox.Fault{HTTP: 503, Accept: true}},
	{"5xx", 1, sandbox.Fault{HTTP: 500}},
	{"garbage", 1, sandbox.Fault{Garbage: true, Accept: true}},
	{"slow", 1, sandbox.Fault{Latency: callTimeout + 500*time.Millisecond}},
	{"cut bodies", 1, sandbox.Fault{CutBody: true, Accept: true}},
	{"307", 1, sandbox.Fault{Redirect: true}},
}

// TestFailingProvider is T8.
func TestFailingProvider(t *testing.T) {
	s := begin(t, plan{
		name: "T8", title: "T8 failing provider",
		jobs: sized(400, 10_000), pace: sized(60, 65), workers: sized(2, 4), nodes: 1,
		box: sandbox.Config{Latency: 50 * time.Millisecond, RecordDelay: recordDelay},
	})
	s.castSpells(sized(800*time.Millisecond, 2*time.Second))
	s.end()
}

// castSpells rotates the faults while jobs come and counts what they hit.
func (s *stage) castSpells(each time.Duration) {
	calls := s.calls()
	for i := 0; s.producing(); i++ {
		one := spells[i%len(spells)]
		one.fault.Percent, one.fault.Records = one.share*len(spells), true
		s.box.SetFault(one.fault)
		pause(s.limit, each)
		now := s.calls()
		s.injected(one.kind, int(now-calls)*one.fault.Percent/100)
		calls = now
	}
	s.box.SetFault(sandbox.Fault{})
}

func (s *stage) calls() int64 {
	stats := s.box.Stats()
	return stats.Calls + stats.Records
}

// TestControl breaks the rule that all of this rests on: the provider shows a
// record later than call timeout and grace. Then a lost answer is a second
// message, and a checker that does not see it sees nothing.
func TestControl(t *testing.T) {
	s := begin(t, plan{
		name: "control", title: "control", jobs: 60, pace: 30, workers: 1, nodes: 1,
		box: sandbox.Config{RecordDelay: time.Minute},
	})
	s.box.SetFault(sandbox.Fault{Drop: sandbox.DropAfter, Percent: 20})
	r := s.finish()
	if r.twice == 0 {
		t.Error("a provider that hides its records got no send twice: the checker is blind")
	}
}
