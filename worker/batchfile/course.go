package batchfile

import (
	"sort"
	"time"
)

// A Course is what is known of a batch on its way.
type Course struct {
	// Rate is how many results come in a second; 0: not known.
	Rate float64
	// Waiting rows are queued, Unpublished ones not yet.
	Waiting, Unpublished uint64
	// First and Last are how long the codes of the oldest and of the newest row
	// that waits have to live; those between are taken to lie evenly.
	First, Last time.Duration
	// Life is how long the code of a row lives from when it is queued; 0: not
	// known, and none of these is told to expire.
	Life time.Duration
}

func (c Course) forecast() Forecast {
	return Forecast{Rate: c.Rate, Rows: int(min(c.Waiting+c.Unpublished, 1<<62))} //nolint:gosec // bounded
}

// Lasts is how long it takes until the last row has its result; false if the rate
// is not known.
func (c Course) Lasts() (time.Duration, bool) { return c.forecast().Lasts() }

// Expiring is how many rows expire before their turn, none if the rate is not
// known.
func (c Course) Expiring() uint64 {
	if c.Rate <= 0 {
		return 0
	}
	n := c.late()
	// A row is published when another one has been sent: so it waits as long as
	// what is in the queue takes.
	if c.Life > 0 && c.forecast().turn(float64(c.Waiting)) > c.Life {
		n += c.Unpublished
	}
	return n
}

// late counts the waiting rows that are too late. Turns and ends both lie evenly,
// so these are all before some row, or all from some row on.
func (c Course) late() uint64 {
	waiting := int(min(c.Waiting, 1<<62)) //nolint:gosec // bounded
	switch {
	case waiting == 0:
		return 0
	case c.isLate(1):
		return uint64(sort.Search(waiting, func(i int) bool { return !c.isLate(i + 1) })) //nolint:gosec // 0 or more
	}
	return uint64(waiting - sort.Search(waiting, func(i int) bool { return c.isLate(i + 1) })) //nolint:gosec // 0 or more
}

// isLate is about row n of those that wait, from 1.
func (c Course) isLate(n int) bool {
	left := float64(c.First)
	if c.Waiting > 1 {
		left += float64(c.Last-c.First) * float64(n-1) / float64(c.Waiting-1)
	}
	return c.forecast().turn(float64(n)) > time.Duration(left)
}
