package bench

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func goal(t *testing.T, name string) Goal {
	t.Helper()
	for _, g := range Goals(Scale{Jobs: 50_000, Rounds: 5, Base: DefaultConfig()}) {
		if g.Name == name {
			return g
		}
	}
	t.Fatalf("no goal %s", name)
	return Goal{}
}

// TestGoalsAreMeasured under conditions that can be.
func TestGoalsAreMeasured(t *testing.T) {
	jobs := map[string]int{}
	for _, g := range Goals(Scale{Jobs: 50_000, Rounds: 5, Base: DefaultConfig()}) {
		for _, e := range g.trial.entries {
			if err := e.Config.Validate(); err != nil {
				t.Errorf("%s, %s: %v", g.Name, e.Name, err)
			}
			jobs[g.Name] = max(jobs[g.Name], e.Config.Jobs)
		}
	}
	want := map[string]int{"gap": 20_000, "backlog": 1_000_000, "throughput-on": 50_000, "sync": 10_000, "two": 10_000, "added-p99-on": 0}
	for name, n := range want {
		if jobs[name] != n {
			t.Errorf("%s has %d jobs, want %d", name, jobs[name], n)
		}
	}
}

func rounds(figures map[string][]float64) (all []Round) {
	for entry, values := range figures {
		for i, v := range values {
			d := &Drain{JobsPerSecond: v, LongestGap: v}
			d.Contender = Cost{CPU: v, RSS: v}
			o := &OpenLoop{P50: 50 + v, P99: 50 + 10*v}
			all = append(all, Round{Round: i + 1, Entry: entry, Drain: d, OpenLoop: o})
		}
	}
	return all
}

// TestReached: each goal reads its own figure, round by round.
func TestReached(t *testing.T) {
	measured := rounds(map[string][]float64{
		onEntry: {2, 9, 4}, offEntry: {3, 3, 3}, bareEntry: {1, 3, 4},
		smallEntry: {1, 1, 1}, bigEntry: {2, 2, 2}, oneEntry: {1, 1, 1}, twoEntry: {2, 2, 2},
	})
	for name, want := range map[string]struct {
		value, low, high float64
		met              bool
	}{
		"throughput-on":  {2, 1, 3, true},
		"throughput-off": {1, 0.75, 3, false},
		"cpu-on":         {2, 1, 3, false},
		"added-p50-on":   {2, 1, 3, false},
		"added-p99-off":  {1, 0.75, 3, true},
		"gap":            {9, 2, 9, false},
		"backlog":        {2, 2, 2, false},
		"two":            {2, 2, 2, true},
		"rss":            {2, 1, 3, false},
	} {
		r := goal(t, name).reached(measured, 3)
		if r.Value != want.value || r.Low != want.low || r.High != want.high || r.Met() != want.met || r.Rounds != 3 {
			t.Errorf("%s: %v (%v to %v), met %v, %d rounds; want %+v", name, r.Value, r.Low, r.High, r.Met(), r.Rounds, want)
		}
	}
}

// TestReachedTellsOfOthers: the median of what other programs used.
func TestReachedTellsOfOthers(t *testing.T) {
	measured := rounds(map[string][]float64{onEntry: {1}, offEntry: {1}, bareEntry: {1}})
	for i, used := range []float64{0.1, 1.5, 0.3} {
		measured[i].Drain.Foreign = &used
	}
	if r := goal(t, "cpu-on").reached(measured, 1); r.Foreign != 0.3 {
		t.Errorf("others used %v, want 0.3", r.Foreign)
	}
}

// TestNothingIsNotReached, whichever way the goal goes.
func TestNothingIsNotReached(t *testing.T) {
	nothing := rounds(map[string][]float64{onEntry: {0}, offEntry: {0}, bareEntry: {0}})
	for _, name := range []string{"throughput-on", "cpu-on"} {
		r := goal(t, name).reached(nothing, 1)
		if !math.IsNaN(r.Value) || r.Met() || r.Rounds != 0 {
			t.Errorf("%s: %v, met %v, %d rounds", name, r.Value, r.Met(), r.Rounds)
		}
	}
}

func TestMarkdown(t *testing.T) {
	c := Circumstances{Machine: "2 × chip", Date: "1 Jan 2026", Commit: "abc", Command: "otpworker bench goals"}
	for _, test := range []struct {
		name string
		r    Reached
		want string
	}{
		{"throughput-on", Reached{Value: 0.987, Low: 0.9, High: 1.1, Rounds: 5}, "≥ 1.00 × | 0.99 × | no | 5, 0.90 × to 1.10 ×"},
		{"cpu-off", Reached{Value: 0.6, Low: 0.5, High: 0.7, Rounds: 5}, "≤ 0.75 × | 0.60 × | yes | 5, 0.50 × to 0.70 ×"},
		{"gap", Reached{Value: 3, Low: 0.1, High: 3, Rounds: 50}, "< 3.00 s | 3.00 s | no | 50, 0.10 s to 3.00 s"},
		{"two", Reached{Value: 2, Low: 2, High: 2, Rounds: 1, Foreign: 0.3}, "≥ 1.90 × | 2.00 × | yes | 1, 2.00 × to 2.00 ×; other programs used 0.3 processors"},
	} {
		var b strings.Builder
		test.r.Goal = goal(t, test.name)
		if err := test.r.Markdown(&b, c); err != nil {
			t.Fatal(err)
		}
		want := "| " + test.r.Measure + " | " + test.want + " | 2 × chip | 1 Jan 2026 | abc | `otpworker bench goals` |\n"
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Error(diff)
		}
	}
	var head strings.Builder
	if err := MarkdownHead(&head); err != nil || strings.Count(head.String(), "|") != 20 {
		t.Errorf("%q, %v", head.String(), err)
	}
}
