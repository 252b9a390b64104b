package batchfile

import (
	"math"
	"time"
)

// A Forecast is what is known of a batch before it starts.
type Forecast struct {
	// Rate is how many messages a second are sent; 0: not known.
	Rate float64
	// Queued jobs come first.
	Queued uint64
	// Rows are those still to be sent.
	Rows int
	// Ahead is how many of them may wait in the queue; 0: all.
	Ahead int
}

// ahead is the default of Ahead where the rate is not known.
const ahead = 50_000

// DefaultAhead lets so many rows wait that the last of them has used up half of
// the life of its code when its turn comes. shortest is the shortest of these
// lives.
func DefaultAhead(rate float64, shortest time.Duration) int {
	if rate <= 0 {
		return ahead
	}
	return max(1, int(min(rate*shortest.Seconds()/2, math.MaxInt32)))
}

// Lasts is how long it takes until the last row is sent; false if the rate is not
// known.
func (f Forecast) Lasts() (time.Duration, bool) {
	if f.Rate <= 0 {
		return 0, false
	}
	return f.turn(float64(f.Rows)), true
}

// longest keeps a time that no one waits for from overflowing.
const longest = 100 * 365 * 24 * time.Hour

// turn is when so many rows have been sent.
func (f Forecast) turn(rows float64) time.Duration {
	seconds := (float64(f.Queued) + rows) / f.Rate
	return time.Duration(min(seconds, longest.Seconds()) * float64(time.Second))
}

// Expiring is how many rows expire before their turn, none if the rate is not
// known. lives counts the rows by the seconds their codes live; rows of each life
// are taken to lie evenly in the file.
func (f Forecast) Expiring(lives map[int]int) int {
	if f.Rate <= 0 {
		return 0
	}
	total, expiring := 0, 0.0
	for _, n := range lives {
		total += n
	}
	for seconds, n := range lives {
		expiring += float64(n) * f.late(time.Duration(seconds)*time.Second) / float64(max(total, 1))
	}
	return int(math.Round(expiring))
}

// late is how many of the rows would wait longer than life.
//
// Row i is published when row i-Ahead has been sent, and its turn comes after i
// rows and what was queued before. So the first rows wait for what is in front of
// them, and each one beyond Ahead as long as the next.
func (f Forecast) late(life time.Duration) float64 {
	// The rows up to this one are in time.
	intime := math.Floor(life.Seconds()*f.Rate - float64(f.Queued))
	intime = max(intime, 0)
	rows := float64(f.Rows)
	if f.Ahead <= 0 || f.Ahead >= f.Rows {
		return max(rows-intime, 0)
	}
	late := max(float64(f.Ahead)-intime, 0)
	if float64(f.Ahead)/f.Rate > life.Seconds() {
		late += rows - float64(f.Ahead)
	}
	return late
}
