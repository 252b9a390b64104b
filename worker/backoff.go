package worker

import (
	"time"

	"github.com/cenkalti/backoff/v4"
)

// A schedule is the delays between attempts. With the defaults (500 ms, twice
// as long each time, at most 30 s, up to a quarter more by chance):
//
//	after attempt   1     2     3     4     5     6      7      8
//	delay         0.5 s   1 s   2 s   4 s   8 s  16 s  24 s*  24 s
//	at least at   0.5 s 1.5 s 3.5 s 7.5 s 15.5 s 31.5 s 55.5 s 79.5 s
//
// (* jitter only adds, and the sum stays below the maximum.)
type schedule struct {
	initial, max time.Duration
	jitter       float64
}

// maxSteps is enough for any initial delay to reach any maximum.
const maxSteps = 32

// delay is how long to wait after the given attempt, counted from 1.
//
// The library's jitter goes both ways around its interval. Its interval is set
// so that the lower end is our delay: chance only adds.
func (s schedule) delay(attempt int) time.Duration {
	factor := s.jitter / (2 + s.jitter)
	b := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(scale(s.initial, 1/(1-factor))),
		backoff.WithMultiplier(2),
		backoff.WithMaxInterval(scale(s.max, 1/(1+factor))),
		backoff.WithRandomizationFactor(factor),
		backoff.WithMaxElapsedTime(0),
	)
	var d time.Duration
	for range min(max(attempt, 1), maxSteps) {
		d = b.NextBackOff()
	}
	return min(d, s.max)
}

func scale(d time.Duration, by float64) time.Duration { return time.Duration(float64(d) * by) }
