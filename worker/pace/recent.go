package pace

import "time"

// recentSpan is the time over which demand is measured, and foresight that for
// which it is expected to go on.
const (
	recentSpan = 500 * time.Millisecond
	foresight  = 300 * time.Millisecond
)

// recent counts the tokens taken lately.
type recent struct {
	since     time.Duration
	now, last int
}

func (r *recent) add(local time.Duration, n int) {
	r.roll(local)
	if r.now += n; r.now < 0 { // returned: taken in the span before
		r.now, r.last = 0, max(0, r.last+r.now)
	}
}

func (r *recent) roll(local time.Duration) {
	switch passed := local - r.since; {
	case passed >= 2*recentSpan:
		r.since, r.now, r.last = local, 0, 0
	case passed >= recentSpan:
		r.since, r.now, r.last = r.since+recentSpan, 0, r.now
	}
}

// expected is how many tokens will be asked for soon if demand stays as it is.
func (r *recent) expected(local time.Duration) int {
	r.roll(local)
	left := float64(recentSpan-(local-r.since)) / float64(recentSpan)
	perSpan := float64(r.now) + float64(r.last)*left
	return int(perSpan * float64(foresight) / float64(recentSpan))
}
