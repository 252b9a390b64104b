package pace

import (
	"slices"
	"time"
)

// A scope is what a rate is about: the account or one app. It holds the tokens
// that this worker has claimed of it.
//
// Times here and in the bucket are the broker's, as a Duration since 1970.
type scope struct {
	spacing
	app  string // empty: the account
	runs []run
	left int
	// low is how many tokens are few, given the recent demand.
	low int
	// starved: a waiter of the class could not be served for lack of a token
	// of this scope, so a newcomer must not go before it.
	starved [2]bool
	// foreign is the last step seen that was not ours.
	foreign time.Duration
}

// A run is tokens whose slots are a step apart.
type run struct {
	slot, step time.Duration
	n          int
}

// maxRuns bounds the runs that returned tokens make.
const maxRuns = 32

func newScope(app string, rate float64) *scope {
	return &scope{spacing: newSpacing(rate), app: app}
}

// by is how many tokens of the run have their slot at or before t.
func (r run) by(t time.Duration) int {
	switch {
	case t < r.slot:
		return 0
	case r.step == 0:
		return r.n
	}
	return min(r.n, int((t-r.slot)/r.step)+1)
}

func (r *run) cut(n int) {
	r.slot += time.Duration(n) * r.step
	r.n -= n
}

// latest is the last slot that may be used at a time that is at least low.
func (s *scope) latest(low time.Duration, first bool) time.Duration {
	if first {
		return low + s.early
	}
	return low
}

// usable counts the tokens that may be used now, up to most. A nil scope limits
// nothing.
func (s *scope) usable(low time.Duration, first bool, most int) int {
	if s == nil {
		return most
	}
	n, latest := 0, s.latest(low, first)
	for i := range s.runs {
		n += s.runs[i].by(latest)
	}
	return min(n, most)
}

// take uses n tokens, which are usable, and returns the oldest one's slot.
func (s *scope) take(low time.Duration, first bool, n int) (oldest time.Duration) {
	if s == nil {
		return 0
	}
	latest := s.latest(low, first)
	for i := range s.runs {
		r := &s.runs[i]
		k := min(n, r.by(latest))
		if k > 0 && oldest == 0 {
			oldest = r.slot
		}
		r.cut(k)
		n -= k
		s.left -= k
	}
	s.sweep()
	return oldest
}

// expire forgets the tokens that are too old at a time that may be high.
func (s *scope) expire(high time.Duration) {
	if s == nil {
		return
	}
	for i := range s.runs {
		r := &s.runs[i]
		k := r.by(high - s.late - 1)
		r.cut(k)
		s.left -= k
	}
	s.sweep()
}

// add puts claimed or returned tokens at hand.
func (s *scope) add(r run) {
	if s == nil || r.n == 0 {
		return
	}
	at, _ := slices.BinarySearchFunc(s.runs, r, func(a, b run) int { return int(a.slot - b.slot) })
	s.runs = slices.Insert(s.runs, at, r)
	s.left += r.n
}

// sweep forgets empty runs.
func (s *scope) sweep() {
	for i := range s.runs {
		if s.runs[i].n == 0 {
			s.runs = slices.DeleteFunc(s.runs, func(r run) bool { return r.n == 0 })
			return
		}
	}
}

// ready is the time from which some token at hand may be used; never if there
// is none.
func (s *scope) ready(first bool) time.Duration {
	switch {
	case s == nil:
		return 0
	case len(s.runs) == 0:
		return never
	case first:
		return s.runs[0].slot - s.early
	}
	return s.runs[0].slot
}

func (s *scope) isStarved(class int) bool { return s != nil && s.starved[class] }
