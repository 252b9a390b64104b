package bench_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/worker/bench"
)

func plot(t *testing.T, times []time.Duration) []string {
	t.Helper()
	var b strings.Builder
	if err := bench.Plot(&b, times); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

func TestPlot(t *testing.T) {
	var times []time.Duration
	for i := range 12_000 { // 0 to 12 ms, as often each, and the longest first
		times = append(times, time.Duration(12_000-i)*time.Microsecond)
	}
	times = append(times, time.Minute)
	lines := plot(t, times)
	if len(lines) != 13 {
		t.Fatalf("%d lines:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	if diff := cmp.Diff("      0.00 ms "+strings.Repeat("#", 50)+" 999", lines[0]); diff != "" {
		t.Error(diff)
	}
	if last := lines[12]; !strings.HasPrefix(last, ">    11.99 ms #  ") || !strings.HasSuffix(last, " 12") {
		t.Errorf("the longest: %q", last)
	}
}

func TestPlotOfFew(t *testing.T) {
	if lines := plot(t, nil); len(lines) != 1 || lines[0] != "" {
		t.Errorf("nothing draws %q", lines)
	}
	lines := plot(t, []time.Duration{time.Second})
	if want := "   1000.00 ms " + strings.Repeat("#", 50) + " 1"; lines[0] != want || len(lines) != 12 {
		t.Errorf("%d lines, the first %q", len(lines), lines[0])
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no room") }

func TestPlotTellsOfAWriter(t *testing.T) {
	if bench.Plot(full{}, []time.Duration{1}) == nil {
		t.Error("nothing said")
	}
}
