package stats_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/stats"
)

// What the workers did in a second adds up, though their clocks began it at other
// moments; the slowest tells the age.
func TestFleet(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 5e8, time.UTC)
	worker := func(from time.Time, sent uint32, p50 int64, aside string) stats.Snapshot {
		s := &stats.Seconds{From: from, Sent: make([]uint32, 300), Taken: make([]uint32, 300)}
		s.Sent[299], s.Taken[0] = sent, 9
		return stats.Snapshot{
			InHand: 2, SlowMS: p50, Calls: 3, MostCalls: 4, PausedBatches: int(sent), Aside: map[string]uint64{aside: 1}, Seconds: s,
			Age: map[schema.Lane]stats.Age{schema.LaneBatch: {LastMinute: stats.Percentiles{Count: 1, P50MS: p50, P90MS: 7, P99MS: 9}}},
		}
	}
	end := at.Truncate(time.Second).Add(-299 * time.Second)
	o := stats.Overview{At: at, Workers: []stats.Snapshot{worker(end, 3, 5, "a"), worker(end.Add(-time.Second), 4, 6, "a"), worker(end.Add(time.Hour), 99, 1, "b"), {}}}
	s := o.Throughput()
	if !s.From.Equal(end) || len(s.Sent) != 300 || s.Sent[299] != 3 || s.Sent[298] != 4 || s.Taken[0] != 9 {
		t.Errorf("from %s: %v, %v", s.From, s.Sent[295:], s.Taken[:3])
	}
	if diff := cmp.Diff(stats.Percentiles{Count: 3, P50MS: 6, P90MS: 7, P99MS: 9}, o.Age(schema.LaneBatch)); diff != "" || o.InHand() != 6 {
		t.Errorf("%d in hand, age %s", o.InHand(), diff)
	}
	want := stats.Waits{SlowMS: 6, Calls: 9, MostCalls: 12, PausedBatches: 99, Aside: map[string]uint64{"a": 2, "b": 1}}
	if diff := cmp.Diff(want, o.Waits()); diff != "" {
		t.Error(diff)
	}
}

// Jobs wait for the rate of those workers that say so.
func TestWaitsForTheRate(t *testing.T) {
	short := func(rate float64, apps int) stats.Snapshot {
		return stats.Snapshot{RateShort: true, Rate: rate, LimitedApps: apps}
	}
	idle := stats.Snapshot{Rate: 99, LimitedApps: 9}
	for want, workers := range map[string][]stats.Snapshot{
		"":                                      {idle},
		"20 sends per second":                   {idle, short(20, 0), short(20, 0)},
		"an app's own":                          {short(0, 2)},
		"0.5 sends per second, or an app's own": {short(0.5, 2), idle},
	} {
		o := stats.Overview{Workers: workers}
		if got := o.Waits().RateWords(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
