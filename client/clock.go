package client

import (
	"net/http"
	"sync/atomic"
	"time"
)

// minOffset is what the one-second resolution of the Date header and the way
// here explain by themselves.
const minOffset = 2 * time.Second

// clock reads the provider's time off its answers. What was read is used only
// after the provider has refused a timestamp: until then our clock is as good,
// and a wrong Date header (a proxy's) can do no harm.
type clock struct {
	observed atomic.Int64 // provider's clock minus ours, as a time.Duration
	applied  atomic.Int64
}

// now is the time to sign with.
func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.applied.Load())) }

func (c *clock) latest() time.Duration { return time.Duration(c.observed.Load()) }

func (c *clock) observe(date string, now time.Time) {
	theirs, err := http.ParseTime(date)
	if err != nil {
		return
	}
	offset := theirs.Sub(now)
	if offset.Abs() < minOffset {
		offset = 0
	}
	c.observed.Store(int64(offset))
}

// apply makes the latest offset count, from now until the next call of apply.
func (c *clock) apply() { c.applied.Store(c.observed.Load()) }
