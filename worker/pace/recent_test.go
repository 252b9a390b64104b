package pace

import (
	"testing"
	"time"
)

func TestRecentDemand(t *testing.T) {
	var r recent
	for at := time.Duration(0); at <= 2*sec; at += 10 * time.Millisecond {
		r.add(at, 2) // 200 a second
	}
	for _, c := range []struct {
		at        time.Duration
		low, high int
	}{
		{2 * sec, 55, 65}, // 0.3 s ahead
		{2*sec + 250*time.Millisecond, 25, 35},
		{3 * sec, 0, 0},
		{time.Hour, 0, 0},
	} {
		if got := r.expected(c.at); got < c.low || got > c.high {
			t.Errorf("at %s %d tokens are expected, want %d to %d", c.at, got, c.low, c.high)
		}
	}
	r.add(time.Hour, 60)
	r.add(time.Hour+recentSpan, -50) // taken in the span before
	if got := r.expected(time.Hour + recentSpan); got != 6 {
		t.Errorf("%d tokens are expected where 10 of 60 were used, want 6", got)
	}
	r.add(time.Hour+recentSpan, -50)
	if got := r.expected(time.Hour + recentSpan); got != 0 {
		t.Errorf("%d tokens are expected after a return", got)
	}
}
