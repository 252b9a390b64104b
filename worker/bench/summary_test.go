package bench_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/worker/bench"
)

func drained(round int, entry string, rate, gap float64) bench.Round {
	d := &bench.Drain{JobsPerSecond: rate, LongestGap: gap}
	d.Contender = bench.Cost{CPU: 100_000 / rate, RSS: 10}
	return bench.Round{Round: round, Entry: entry, Drain: d}
}

// TestSummarize: medians, ratios round by round, and the longest of the gaps.
func TestSummarize(t *testing.T) {
	rounds := []bench.Round{
		drained(1, "worker", 100, 0.1), drained(1, "bare", 100, 0.1),
		drained(2, "worker", 400, 0.7), drained(2, "bare", 200, 0.1),
		drained(3, "worker", 900, 0.2), drained(3, "bare", 300, 0.1),
	}
	rounds[0].OpenLoop = &bench.OpenLoop{P50: 3, Times: []time.Duration{2, 4}}
	rounds[2].OpenLoop = &bench.OpenLoop{P50: 5, Times: []time.Duration{1, 3}}
	all := bench.Summarize(rounds, []bench.Entry{{Name: "worker"}, {Name: "bare"}}, "bare")
	if len(all) != 2 || all[1].Ratios != nil {
		t.Fatalf("%+v", all)
	}
	w := all[0]
	got := map[string]float64{
		"rate": w.Values[bench.JobsPerSecond], "gap": w.Values[bench.LongestGap], "ratio": w.Ratios[bench.JobsPerSecond],
		"rss": w.Ratios[bench.RSS], "p50": w.Values[bench.P50],
	}
	want := map[string]float64{"rate": 400, "gap": 0.7, "ratio": 2, "rss": 1, "p50": 4}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]time.Duration{1, 2, 3, 4}, w.Times); diff != "" {
		t.Error(diff)
	}
	if _, measured := w.Values[bench.NATSCPU]; measured {
		t.Error("NATS was given, and its CPU time is told")
	}
	if alone := bench.Summarize(rounds, []bench.Entry{{Name: "worker"}}, ""); alone[0].Ratios != nil {
		t.Errorf("ratios to nothing: %v", alone[0].Ratios)
	}
}

func TestRoundErr(t *testing.T) {
	good := drained(1, "worker", 1, 1)
	if err := good.Err(); err != nil {
		t.Error(err)
	}
	bad := drained(2, "bare", 1, 1)
	bad.OpenLoop = &bench.OpenLoop{Counts: bench.Counts{Jobs: 9, Lost: 1, SentTwice: 2, Late: 3, TwoResults: 4, NotSent: 5, Left: 6}}
	want := "round 2, bare, open loop: of 9 jobs: 1 lost, 2 sent twice, 3 sent too late, 4 results too many, 5 not sent, 6 left in the queue"
	if err := bad.Err(); err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	bad.Drain.Lost = 7
	if err := bad.Err(); err == nil || err.Error() != "round 2, bare, drain: of 0 jobs: 7 lost" {
		t.Errorf("got %v", err)
	}
}
