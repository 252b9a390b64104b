package worker

import (
	"context"
	"time"

	"github.com/otpworker/otpworker/worker/queue"
)

// pausedLook is between two looks whether a paused batch's oldest job has
// expired, and how soon an intake sees that its batch is in another state.
const pausedLook = time.Second

// admit waits until jobs may be pulled; those of a batch for a moment only, since
// it may be cancelled meanwhile.
func (in *intake) admit(ctx context.Context) (probe bool, release func(), err error) {
	if in.app.Batch != "" {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, pausedLook)
		defer cancel()
	}
	return in.holds.admit(ctx)
}

// clear ends jobs of a batch that nothing is sent of: all of a cancelled one, of
// a paused one those whose time is over. No breaker and no rate keeps it up: no
// call is made, and a job that may have been sent asks for its own permit.
func (in *intake) clear(fetching, working context.Context, state queue.BatchState) (taken int, rest time.Duration, err error) {
	paused := state == queue.BatchPaused
	if paused && !in.headExpired(fetching) {
		return 0, pausedLook, nil
	}
	if !in.share.enter(fetching) {
		return 0, 0, nil
	}
	defer in.share.leave()
	in.busy.Add(1)
	defer in.busy.Add(-1)
	n := in.takeSlots(fetching, in.most(false))
	defer func() { in.giveSlots(n - taken) }()
	if n == 0 {
		return 0, 0, nil
	}
	before := in.kept.Load()
	taken, err = in.pull(fetching, working, n, func() {})
	switch {
	case paused && (taken == 0 || in.kept.Load() > before):
		rest = pausedLook // the expired ones are in hand, or put aside
	case taken == 0:
		rest = idleProbe
	}
	return taken, rest, err
}

// headExpired says that the time of the batch's oldest job is over. If it cannot
// be looked at, a pull will tell.
func (in *intake) headExpired(ctx context.Context) bool {
	if time.Now().Before(in.headUntil) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	head, ok, err := in.queue.Head(ctx, in.app.Subject())
	if err != nil || !ok {
		return err != nil
	}
	in.headUntil = head.Expiry.Add(-max(0, in.skew()))
	return !time.Now().Before(in.headUntil)
}
