package bench_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker/bench"
)

func TestPercentile(t *testing.T) {
	upTo := func(n int) (times []time.Duration) {
		for i := range n {
			times = append(times, time.Duration(i+1))
		}
		return times
	}
	for _, test := range []struct {
		n    int
		p    float64
		want time.Duration
	}{
		{0, 50, 0},
		{1, 50, 1},
		{1, 99.9, 1},
		{2, 50, 1},
		{2, 51, 2},
		{10, 90, 9},
		{10, 0, 1},
		{10, 100, 10},
		{100, 99, 99},
		{1000, 99.9, 999},
		{1000, 99.91, 1000},
	} {
		if got := bench.Percentile(upTo(test.n), test.p); got != test.want {
			t.Errorf("p%v of 1 to %d is %d, want %d", test.p, test.n, got, test.want)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		of   []float64
		want float64
	}{
		{[]float64{3}, 3},
		{[]float64{3, 1}, 2},
		{[]float64{9, 1, 2}, 2},
		{[]float64{4, 1, 3, 2}, 2.5},
	} {
		before := slices.Clone(test.of)
		if got := bench.Median(test.of); got != test.want || !slices.Equal(before, test.of) {
			t.Errorf("median of %v is %v, want %v, and %v left as it was", before, got, test.want, test.of)
		}
	}
	if got := bench.Median(nil); !math.IsNaN(got) {
		t.Errorf("median of nothing is %v", got)
	}
}

// TestRatios: the median of ratios is not the ratio of medians.
func TestRatios(t *testing.T) {
	got := bench.Ratios([]float64{2, 6, 4, 5}, []float64{1, 2, 0})
	if want := []float64{2, 3}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
