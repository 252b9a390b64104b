package pace

import (
	"math"
	"time"
)

// window is what the bound is about, and excess how much more than the rate a
// window may hold.
const (
	window = 10 * time.Second
	excess = 1.05
)

// spacing is how the tokens of one rate lie in time.
type spacing struct {
	// step is between two slots.
	step time.Duration
	// early is how long before its slot an interactive call may take a token,
	// and late how long after its slot any call may; grace is how much later it
	// may be made.
	early, late, grace time.Duration
	// lead is how far ahead of now slots are claimed for a batch. It is not
	// more than early: the slot behind a busy batch can be used at once.
	lead time.Duration
	// back is how far behind now a claim may begin.
	back time.Duration
	// slack is the shortest time to use a token in that is worth a claim.
	slack time.Duration
}

// newSpacing lays out a rate in tokens per second.
//
// Calls of a window of 10 s have their slots in a stretch of 10 s + play, which
// is early + late + grace, so at most (10 s + play) / step of them, rounded up,
// fall into it. step is chosen so that this is at most 10 × rate × 1.05, rounded
// down; play is what is left for it when step costs 3 to 4 % of the rate, but
// no more than needed and no less than can be worked with. Below one a second
// that is dearer where 10.5 × rate is not close to a whole number.
func newSpacing(rate float64) spacing {
	limit := max(1, math.Floor(window.Seconds()*excess*rate+1e-9))
	play := min(max(limit/(0.96*rate)-window.Seconds(), 0.25), 0.8)
	effective := min(0.97*rate, limit/(window.Seconds()+play))
	part := time.Duration(play * float64(time.Second) / 16)
	return spacing{
		step:  time.Duration(math.Ceil(float64(time.Second) / effective)),
		early: 6 * part,
		late:  8 * part,
		grace: 2 * part,
		lead:  6 * part,
		back:  part,
		slack: part,
	}
}

// farLead is how far ahead of now slots are claimed for interactive calls.
const farLead = time.Second

// ahead is how far ahead of now slots are claimed: always the next one for
// interactive calls, also of a slow rate.
func (s spacing) ahead(first bool) time.Duration {
	if first {
		return farAhead(s.step)
	}
	return s.lead
}

func farAhead(step time.Duration) time.Duration { return max(farLead, step+step/8) }

// chunk is how many slots are worth a claim where more are wanted than there
// are: fewer, larger claims.
func (s spacing) chunk() int { return max(1, int(s.lead*2/3/s.step)) }
