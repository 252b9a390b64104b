package console

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/worker/stats"
)

func TestColumns(t *testing.T) {
	got := columns([]stack{{"a", []float64{0, 5}}, {"b", []float64{10, 5}}, {"c", []float64{0, 0}}}, 10)
	want := []shape{{"a", "M162 50h126v50h-126z"}, {"b", "M12 0h126v100h-126zM162 0h126v50h-126z"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := columns([]stack{{"a", []float64{0.001}}}, 1000); len(got) != 1 || !strings.Contains(got[0].D, "v1.5") {
		t.Errorf("more than nothing is not seen: %v", got)
	}
}

func TestBands(t *testing.T) {
	got := bands([]bool{true, false, true, true, false, true}, "x")
	want := []shape{{"x", "M0 0h50v100h-50zM100 0h100v100h-100zM250 0h50v100h-50z"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := bands(make([]bool, 6), "x"); got != nil {
		t.Error(got)
	}
}

// A gap is not drawn over.
func TestLine(t *testing.T) {
	got := line([]float64{0, 1, -1, 2}, "x")
	want := []shape{{"x", "M37.5 99L112.5 1M262.5 1"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRoof(t *testing.T) {
	for most, want := range map[float64]float64{0: 1, 0.3: 0.5, 1: 1, 1.5: 2, 12: 20, 50: 50, 51: 100, 999: 1000} {
		if got := roof(most); got != want {
			t.Errorf("over %v: %v", most, got)
		}
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		span(0): "0 ms", span(300 * time.Microsecond): "< 1 ms", span(1500 * time.Millisecond): "1.5 s", span(time.Minute): "1 min",
		span(61 * time.Second): "1 min 1 s", span(90 * time.Minute): "1 h 30 min", span(80 * time.Hour): "3 days", span(-time.Second): "0 ms",
		number(0.25): "0.2", number(7): "7", number(12345): "12.3k", number(2.5e6): "2.5M",
		rate(59): "59/min", rate(90): "1.5/s", share(999, 1000): "99.9 %", share(9999, 10000): "99.9 %", share(1, 1): "100 %",
		plural(uint64(1), "job"): "1 job", plural(2, "job"): "2 jobs",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The plots keep five minutes, however long the worker runs, and know one second
// from the one five minutes before it.
func TestHistory(t *testing.T) {
	h, start := newHistory(), time.Unix(1_700_000_000, 0)
	for i := range 1000 {
		h.add(sample{unix: start.Unix() + int64(i), queued: uint64(i)})
	}
	now := start.Add(1010 * time.Second)
	got := h.last(now, 60)
	if len(got) != 60 || got[47].queued != 998 || got[48].queued != 999 || got[49].unix != 0 || newest(got).queued != 999 {
		t.Errorf("%+v", got[45:])
	}
	h.add(sample{unix: now.Unix(), queued: 5, fleet: true})
	h.add(sample{unix: now.Unix(), queued: 1})
	if got := newest(h.last(now, 1)); got.queued != 5 {
		t.Errorf("one worker's takes the place of the fleet's: %+v", got)
	}
}

func TestAgePlot(t *testing.T) {
	pl := agePlot([]sample{{unix: 1, p50: 20, p99: 900}, {unix: 2}, {unix: 3, p50: 40, p99: 2500}})
	if diff := cmp.Diff([]string{"10 s", "1 s", "100 ms", "10 ms"}, pl.Scale); diff != "" || pl.Now != "40 ms, 99 %: 2.5 s" || len(pl.Rules) != 2 {
		t.Errorf("%s\n%+v", diff, pl)
	}
	if pl := agePlot(make([]sample, 60)); pl.Now != "–" || len(pl.Lines) != 0 || len(pl.Scale) != 3 {
		t.Errorf("without jobs: %+v", pl)
	}
}

// A plot shows as little as has all there was.
func TestSpanOf(t *testing.T) {
	at := time.Now()
	for up, want := range map[time.Duration]int{time.Second: 60, time.Minute: 60, 61 * time.Second: 120, 3 * time.Minute: 300, 24 * time.Hour: 300} {
		o := stats.Overview{At: at, Workers: []stats.Snapshot{{StartedAt: at.Add(-time.Second)}, {StartedAt: at.Add(-up)}}}
		if got := spanOf(&o); got != want {
			t.Errorf("after %s: %d", up, got)
		}
	}
}
