package worker

import (
	"sync"
	"time"

	"github.com/otpworker/otpworker/schema"
)

// An inflight says how many calls may be out at once: fewer while the provider
// turns calls away, leaves them unanswered or gets slow, and step by step more
// when it recovers. It goes from all slots down to one, and decides once a
// window, so that one bad moment counts once.
type inflight struct {
	mu    sync.Mutex
	most  float64
	limit float64
	// recent is a moving average over about the last 20 answers, usual over the
	// last 1,000 and two minutes at least: a provider that stays slower becomes the
	// usual one. learnt is the time of the last answer.
	recent, usual time.Duration
	learnt        time.Time
	// began is the start of the window, bad counts its calls that were turned
	// away or not answered, and good the others.
	began     time.Time
	good, bad int
}

const (
	// inflightWindow is between two decisions at least; a call that takes longer
	// makes it longer.
	inflightWindow = 200 * time.Millisecond
	// slowBy is how much above twice the usual calls must take to count as slow:
	// a few milliseconds are no sign of anything.
	slowBy = 100 * time.Millisecond
	// usualOver is how long it takes until a slower provider is the usual one.
	usualOver = 2 * time.Minute
	// badShare is the share of a window's calls that may fail by accident.
	badShare = 0.1
)

// steer has fewer calls go out while the provider slows down. Interactive jobs
// keep their slots as long as there is room for one batch job beside them; the
// batch has what they leave.
func (w *Worker) steer(v Verdict, took time.Duration) {
	w.steering.Lock()
	defer w.steering.Unlock()
	limit := w.inflight.ended(time.Now(), took, v.Reason == reasonThrottled || v.Outcome == Unknown)
	if limit == w.cfg.Slots() && !w.steered.Swap(false) {
		return
	}
	w.steered.Store(limit < w.cfg.Slots())
	first, batch := w.lanes[schema.LaneInteractive], w.lanes[schema.LaneBatch]
	first.keepBack(max(0, cap(first.free)-max(1, limit-1)))
	batch.keepBack(max(0, cap(batch.free)-max(1, limit-first.taken())))
}

func newInflight(slots int) *inflight {
	return &inflight{most: float64(slots), limit: float64(slots)}
}

// ended takes in how a call ended and returns how many may be out now.
func (f *inflight) ended(now time.Time, took time.Duration, bad bool) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if bad {
		f.bad++
	} else {
		f.good++
		f.learn(now, took)
	}
	if f.began.IsZero() {
		f.began = now
	}
	if now.Sub(f.began) >= max(inflightWindow, 2*f.recent) {
		f.decide()
		f.began, f.good, f.bad = now, 0, 0
	}
	return int(f.limit)
}

func (f *inflight) learn(now time.Time, took time.Duration) {
	if f.usual == 0 {
		f.recent, f.usual, f.learnt = took, took, now
	}
	share := min(1.0/1000, max(0, now.Sub(f.learnt).Seconds()/usualOver.Seconds()))
	f.recent += (took - f.recent) / 20
	f.usual += time.Duration(float64(took-f.usual) * share)
	f.learnt = now
}

func (f *inflight) decide() {
	switch {
	case float64(f.bad) > badShare*float64(f.good+f.bad):
		f.limit *= 0.7
	case f.recent > 2*f.usual+slowBy:
		f.limit = max(f.limit*0.9, min(f.limit, f.most/4))
	default:
		f.limit += max(1, f.limit/10)
	}
	f.limit = min(max(f.limit, 1), f.most)
}
