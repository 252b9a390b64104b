package worker

import (
	"fmt"
	"testing"
	"time"
)

func defaultSchedule(jitter float64) schedule {
	c := DefaultConfig()
	return schedule{initial: c.RetryInitial, max: c.RetryMax, jitter: jitter}
}

func TestScheduleWithoutJitter(t *testing.T) {
	s := defaultSchedule(0)
	for i, want := range []time.Duration{500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000} {
		if got := s.delay(i + 1); got != want*time.Millisecond {
			t.Errorf("after attempt %d: %s, want %s", i+1, got, want*time.Millisecond)
		}
	}
}

// The table in the comment: the least delays with the default jitter, and the
// earliest time of the attempt after each.
func TestScheduleIsTheTable(t *testing.T) {
	s := defaultSchedule(DefaultConfig().RetryJitter)
	var sum time.Duration
	for i, want := range []struct{ delay, at time.Duration }{
		{500, 500}, {1000, 1500}, {2000, 3500}, {4000, 7500}, {8000, 15500}, {16000, 31500}, {24000, 55500}, {24000, 79500},
	} {
		least := time.Hour
		for range 10_000 {
			least = min(least, s.delay(i+1))
		}
		sum += least
		// 10,000 draws come within a thousandth of the lower end.
		if want.delay *= time.Millisecond; least < want.delay-1 || least > want.delay+want.delay/500 {
			t.Errorf("after attempt %d: at least %s, want %s", i+1, least, want.delay)
		}
		if want.at *= time.Millisecond; sum < want.at-8 || sum > want.at+want.at/500 {
			t.Errorf("attempt %d at %s, want %s", i+2, sum, want.at)
		}
	}
}

// Chance only adds: to a quarter of the delay, and not beyond the maximum.
func TestJitterOnlyAdds(t *testing.T) {
	for _, c := range []struct {
		initial, max time.Duration
		jitter       float64
	}{
		{500 * time.Millisecond, 30 * time.Second, 0.25},
		{10 * time.Millisecond, 10 * time.Minute, 1},
		{10 * time.Millisecond, 10 * time.Minute, 0.01},
		{time.Second, 10 * time.Second, 0.5},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			s := schedule{initial: c.initial, max: c.max, jitter: c.jitter}
			top := time.Duration(float64(c.max) / (1 + c.jitter))
			for attempt := 1; attempt <= 20; attempt++ {
				base := min(c.initial<<(attempt-1), top)
				least, most := time.Duration(1<<62), time.Duration(0)
				for range 10_000 {
					d := s.delay(attempt)
					least, most = min(least, d), max(most, d)
				}
				// The library cuts off fractions of a nanosecond, and doubles
				// what it cut off with each step.
				slack := time.Duration(1 << attempt)
				if high := min(time.Duration(float64(base)*(1+c.jitter)), c.max); least < base-slack || most > high+slack || most > c.max {
					t.Errorf("after attempt %d: %s to %s, want %s to %s", attempt, least, most, base, high)
				}
				if c.jitter >= 0.25 && most-least < base/5 {
					t.Errorf("after attempt %d: %s to %s is hardly spread", attempt, least, most)
				}
			}
		})
	}
}

func TestScheduleOfOddAttempts(t *testing.T) {
	for _, s := range []schedule{
		defaultSchedule(0),
		{initial: 10 * time.Millisecond, max: 10 * time.Minute},
		{initial: time.Minute, max: time.Minute},
	} {
		first, last := s.delay(1), s.delay(maxSteps)
		if last != s.max {
			t.Errorf("%v: %d steps reach %s, not the maximum", s, maxSteps, last)
		}
		for attempt, want := range map[int]time.Duration{0: first, -1: first, -1 << 62: first, 1000: last, 1 << 62: last} {
			if got := s.delay(attempt); got != want {
				t.Errorf("%v: attempt %d gives %s, want %s", s, attempt, got, want)
			}
		}
	}
}

// Whatever configuration passes Validate, a delay is neither negative nor
// longer than the maximum, nor shorter than the first one's lower bound.
func TestScheduleExtremes(t *testing.T) {
	for _, initial := range []time.Duration{10 * time.Millisecond, 29 * time.Second, time.Minute} {
		for _, longest := range []time.Duration{time.Minute, 10 * time.Minute} {
			for _, jitter := range []float64{0, 1e-9, 0.25, 1} {
				s := schedule{initial: initial, max: longest, jitter: jitter}
				low := min(initial, time.Duration(float64(longest)/(1+jitter))) - 2
				for attempt := 1; attempt <= 40; attempt++ {
					if d := s.delay(attempt); d < low || d > longest {
						t.Errorf("%+v: %s after attempt %d, want %s to %s", s, d, attempt, low, longest)
					}
				}
			}
		}
	}
}
