package worker

import (
	"testing"
	"time"
)

// A provider in a simulation: so many calls a second end, for so long.
type episode struct {
	name        string
	took        time.Duration
	badShare    int // per cent
	lasts       time.Duration
	low, high   int // where the limit is at the end
	lowestOfAll int // the limit was never below
}

func TestInflight(t *testing.T) {
	for name, episodes := range map[string][]episode{
		"a steady provider gets all slots": {
			{name: "steady", took: 50 * time.Millisecond, lasts: time.Minute, low: 64, high: 64, lowestOfAll: 64},
		},
		"noise of some milliseconds is none": {
			{name: "quick", took: time.Millisecond, lasts: 10 * time.Second, low: 64, high: 64, lowestOfAll: 64},
			{name: "noise", took: 40 * time.Millisecond, lasts: 10 * time.Second, low: 64, high: 64, lowestOfAll: 64},
		},
		"a call in fifty that fails is none": {
			{name: "some fail", took: 50 * time.Millisecond, badShare: 2, lasts: time.Minute, low: 50, high: 64, lowestOfAll: 40},
		},
		"throttled": {
			{name: "throttled", took: 50 * time.Millisecond, badShare: 100, lasts: 5 * time.Second, low: 1, high: 1, lowestOfAll: 1},
			{name: "half of it", took: 50 * time.Millisecond, badShare: 50, lasts: 5 * time.Second, low: 1, high: 1, lowestOfAll: 1},
			{name: "recovered", took: 50 * time.Millisecond, lasts: 15 * time.Second, low: 64, high: 64, lowestOfAll: 1},
		},
		"slow, and then the usual": {
			{name: "quick", took: 50 * time.Millisecond, lasts: 20 * time.Second, low: 64, high: 64, lowestOfAll: 64},
			{name: "slow", took: time.Second, lasts: 10 * time.Second, low: 15, high: 45, lowestOfAll: 15},
			{name: "back", took: 50 * time.Millisecond, lasts: 10 * time.Second, low: 64, high: 64, lowestOfAll: 15},
			{name: "slow for good", took: time.Second, lasts: 5 * time.Minute, low: 64, high: 64, lowestOfAll: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, now, count := newInflight(64), time.Unix(1_800_000_000, 0), 0
			for _, e := range episodes {
				limit, lowest := 0, 64
				for end := now.Add(e.lasts); now.Before(end); now = now.Add(20 * time.Millisecond) {
					count++
					limit = f.ended(now, e.took, count*e.badShare/100 != (count-1)*e.badShare/100)
					lowest = min(lowest, limit)
				}
				if limit < e.low || limit > e.high || lowest < e.lowestOfAll {
					t.Errorf("%s: %d calls may be out, lowest %d; want %d to %d, never below %d", e.name, limit, lowest, e.low, e.high, e.lowestOfAll)
				}
			}
		})
	}
}

// One bad moment counts once, however many calls it hits.
func TestInflightDecidesOncePerWindow(t *testing.T) {
	f, now := newInflight(100), time.Unix(1_800_000_000, 0)
	f.ended(now, time.Millisecond, false)
	for range 1000 {
		f.ended(now.Add(inflightWindow), time.Millisecond, true)
	}
	if f.limit != 70 {
		t.Errorf("after a thousand failures at once %v calls may be out", f.limit)
	}
}
