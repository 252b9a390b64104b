package worker

import (
	"context"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/otpworker/otpworker/worker/pace"
	"github.com/otpworker/otpworker/worker/queue"
)

// pausedLook is between two looks whether the oldest of jobs that are not sent
// has expired, and how soon an intake sees that they may be sent again.
const pausedLook = time.Second

// headInHand is between two looks for expired jobs behind one that is in hand or
// set aside: it may be so for long, and other jobs go their usual way meanwhile.
const headInHand = 5 * time.Second

// admit waits until jobs may be pulled, but for a moment only: some may expire
// meanwhile, or their batch be cancelled.
func (in *intake) admit(ctx context.Context) (probe bool, release func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, pausedLook)
	defer cancel()
	return in.holds.admit(ctx)
}

// stuck says that jobs wait for a breaker or for the rate, and that the oldest
// one's time is over: its app shall not wait for its answer too.
func (in *intake) stuck(ctx context.Context) bool {
	state, _ := in.holds.look()
	return (state != gobreaker.StateClosed || in.pace.Limits(in.app.ID)) && in.hasJobs.Load() && in.headExpired(ctx)
}

// clear ends jobs that nothing is sent of: all of a cancelled batch, of others
// those whose time is over. No breaker and no rate keeps it up: no call is made,
// and a job that may have been sent asks for its own permit.
func (in *intake) clear(fetching, working context.Context, state queue.BatchState) (taken int, rest time.Duration, err error) {
	paused := state == queue.BatchPaused
	if paused && !in.walking && !in.headExpired(fetching) {
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
	taken, err = in.pull(fetching, working, n, pace.Tokens{}, func() {})
	kept := int(in.kept.Load() - before)
	in.walking = paused && taken > kept
	switch {
	case paused && !in.walking:
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
	now := time.Now()
	if now.Before(in.headUntil) {
		return false
	}
	if head.Seq != in.headSeq {
		in.headSeq, in.headSince = head.Seq, now
	}
	if now.Sub(in.headSince) >= pausedLook {
		in.headUntil = now.Add(headInHand) // it is in hand, or set aside: nobody can clear it now
	}
	return true
}
