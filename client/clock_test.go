package client

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c clock
		now := time.Now()
		date := func(d time.Duration) string { return now.Add(d).UTC().Format(http.TimeFormat) }
		steps := []struct {
			name              string
			do                func()
			observed, applied time.Duration
		}{
			{"nothing yet", func() {}, 0, 0},
			{"unreadable", func() { c.observe("yesterday", now) }, 0, 0},
			{"within resolution", func() { c.observe(date(time.Second), now) }, 0, 0},
			{"ahead, unused", func() { c.observe(date(2*time.Hour), now) }, 2 * time.Hour, 0},
			{"a timestamp was refused", c.apply, 2 * time.Hour, 2 * time.Hour},
			{"a wrong date does no harm", func() { c.observe(date(-time.Hour), now) }, -time.Hour, 2 * time.Hour},
			{"refused again", c.apply, -time.Hour, -time.Hour},
			{"our clock was set right", func() { c.observe(date(0), now); c.apply() }, 0, 0},
		}
		for _, step := range steps {
			step.do()
			if c.latest() != step.observed || c.now().Sub(now) != step.applied {
				t.Errorf("%s: observed %v, applied %v", step.name, c.latest(), c.now().Sub(now))
			}
		}
	})
}
