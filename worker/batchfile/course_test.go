package batchfile

import (
	"testing"
	"time"
)

func TestCourse(t *testing.T) {
	const s = time.Second
	for name, c := range map[string]struct {
		course   Course
		lasts    time.Duration
		known    bool
		expiring uint64
	}{
		"no rate":             {Course{Waiting: 10, First: s, Last: s, Life: s}, 0, false, 0},
		"nothing left":        {Course{Rate: 1}, 0, true, 0},
		"one in time":         {Course{Rate: 1, Waiting: 1, First: s, Last: s, Life: s}, s, true, 0},
		"one too late":        {Course{Rate: 1, Waiting: 1, First: s - 1, Last: s - 1, Life: s}, s, true, 1},
		"all in time":         {Course{Rate: 10, Waiting: 100, First: 9 * s, Last: 10 * s, Life: 300 * s}, 10 * s, true, 0},
		"the last ones":       {Course{Rate: 10, Waiting: 100, First: 6 * s, Last: 6 * s, Life: 300 * s}, 10 * s, true, 40},
		"the first ones":      {Course{Rate: 10, Waiting: 100, First: -5 * s, Last: 14800 * time.Millisecond, Life: 300 * s}, 10 * s, true, 51},
		"all":                 {Course{Rate: 10, Waiting: 100, First: -s, Last: 0, Life: 300 * s}, 10 * s, true, 100},
		"unpublished too":     {Course{Rate: 10, Waiting: 100, Unpublished: 900, First: 6 * s, Last: 6 * s, Life: 9 * s}, 100 * s, true, 940},
		"unpublished in time": {Course{Rate: 10, Waiting: 100, Unpublished: 900, First: 6 * s, Last: 6 * s, Life: 10 * s}, 100 * s, true, 40},
		"life not known":      {Course{Rate: 10, Unpublished: 900}, 90 * s, true, 0},
		"for ever":            {Course{Rate: 1e-12, Waiting: 1 << 63, Unpublished: 1, First: s, Last: s, Life: s}, longest, true, 1<<62 + 1},
	} {
		lasts, known := c.course.Lasts()
		if lasts != c.lasts || known != c.known {
			t.Errorf("%s: lasts %v, %v", name, lasts, known)
		}
		if got := c.course.Expiring(); got != c.expiring {
			t.Errorf("%s: %d expire, want %d", name, got, c.expiring)
		}
	}
}

// What is counted by halving is what counting one by one finds.
func TestCourseRowByRow(t *testing.T) {
	for _, first := range []int{-20, 0, 3, 40} {
		for _, last := range []int{-20, 0, 3, 40} {
			c := Course{Rate: 7, Waiting: 150, First: time.Duration(first) * time.Second, Last: time.Duration(last) * time.Second}
			var want uint64
			for n := range 150 {
				if c.isLate(n + 1) {
					want++
				}
			}
			if got := c.Expiring(); got != want {
				t.Errorf("from %d s to %d s: %d expire, want %d", first, last, got, want)
			}
		}
	}
}
