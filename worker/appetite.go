package worker

import (
	"context"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/otpworker/otpworker/worker/queue"
)

// leastAsk is how many jobs are asked for when none came lately.
const leastAsk = 4

// gatherFor is how long slots may come free before the next pull.
const gatherFor = time.Millisecond

// gather waits a moment while there are more jobs than free slots: one pull for
// many costs the broker and us no more than one for a few. Beside others it would
// lose its turn.
func (in *intake) gather(ctx context.Context, most int) {
	if in.full && len(in.free) < most/4 && in.busy.Load() == 1 {
		_ = sleep(ctx, gatherFor)
	}
}

// most is how many jobs to pull at once: an equal share of the slots. An app on
// hold leaves more room: its jobs come and go without a call, by the thousand.
func (in *intake) most(probe bool) int {
	sharers := int(in.busy.Load())
	switch {
	case probe:
		return 1
	case in.onHold():
		sharers = max(4, sharers)
	}
	return min(maxPull, (cap(in.free)+sharers-1)/sharers)
}

// held says that a breaker or a pause keeps all of the intake's jobs back.
func (in *intake) held() bool {
	state, _ := in.holds.look()
	return state != gobreaker.StateClosed || in.batches.state(in.app) == queue.BatchPaused
}

func (in *intake) onHold() bool {
	b := in.holds.app(in.app.ID)
	return b != nil && b.wait() > 0
}

// want is how many jobs to ask for: all that there may be after a round that found
// as many as it asked for, or else as many slots as are held while they come. Where
// a newer job cancels an older one, those of one pull are compared: all of them.
func (in *intake) want(most int) int {
	if in.full || in.newest != nil {
		return most
	}
	return min(most, max(in.ask, leastAsk))
}

// fed notes that taken of n jobs came, for the next round.
func (in *intake) fed(n, taken int) {
	in.full = taken == n
	if in.ask = n; taken < n/4 {
		in.ask = n / 2
	}
}

// leisure says that there are slots enough beside n: to stay for a moment with
// these for the next jobs costs less than to look again for each, and keeps none
// from anybody. Jobs that are compared wait for the end of their pull.
func (in *intake) leisure(n int) bool {
	return 2*len(in.free) >= n && in.busy.Load() == 1 && in.alone() && in.newest == nil &&
		!in.steered.Load() && !in.pace.Limits(in.app.ID)
}

// alone says that no other intake of its app runs or waits to, and no other app
// waits for an intake.
func (in *intake) alone() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.share.intakes == 1 && in.share.waiting.Load()+in.waiting.Load() == 0
}
