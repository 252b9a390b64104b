package pace

import (
	"math"
	"time"
)

// never is later than every time.
const never = time.Duration(math.MaxInt64)

const (
	// drift is how many times slower than time itself two clocks may drift
	// apart: 500 millionths, as much as NTP slews one.
	drift = 2000
	// clockAge is how old a measurement gets while tokens are claimed, and
	// clockLife how old it may be when they are again after a pause.
	clockAge  = 10 * time.Second
	clockLife = time.Minute
)

// A clock knows the broker's time between two limits, whatever the worker's own
// clock shows: by entries that this worker has written, which carry the broker's
// time. Only the speed of its own clock matters.
type clock struct {
	now  func() time.Time
	zero time.Time

	known bool
	// low and high are the least and most that the broker's time is ahead of
	// ours, as measured at our time at.
	low, high, at time.Duration
}

func newClock(now func() time.Time) clock { return clock{now: now, zero: now()} }

// local is our own time, since the start.
func (c *clock) local() time.Duration { return c.now().Sub(c.zero) }

// broker is the broker's time at a local time: at least low, at most high.
func (c *clock) broker(local time.Duration) (low, high time.Duration) {
	wide := max(0, local-c.at) / drift
	return local + c.low - wide, local + c.high + wide
}

// in is how long to wait until the broker's time is surely t.
func (c *clock) in(local, t time.Duration) time.Duration {
	low, _ := c.broker(local)
	wait := max(0, t-low)
	return wait + wait/(drift/2) + time.Microsecond
}

// learn takes in that the broker's time was written at some moment between two
// local times. It reports whether that contradicts what was known: the broker's
// clock, or ours, has jumped.
func (c *clock) learn(sent, got, written time.Duration) (jumped bool) {
	low, high := written-got, written-sent
	if c.known {
		was := *c
		lowest, highest := was.broker(got)
		lowest, highest = lowest-got, highest-got
		if jumped = high < lowest || low > highest; !jumped {
			low, high = max(low, lowest), min(high, highest)
		}
	}
	c.known, c.low, c.high, c.at = true, low, high, got
	return jumped
}
