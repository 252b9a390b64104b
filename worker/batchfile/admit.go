package batchfile

import (
	"context"

	"github.com/otpworker/otpworker/worker/queue"
)

// admit waits until row n may be published.
func (k *keeper) admit(ctx context.Context, n uint64) error {
	for {
		ok, changed := k.may(n)
		if ok {
			return nil
		}
		select {
		case k.kick <- struct{}{}:
		default:
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (k *keeper) may(n uint64) (ok bool, changed <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n%checkpointRows == 0 {
		select {
		case k.kick <- struct{}{}:
		default:
		}
	}
	k.waiting = k.ahead > 0 && n > k.answered+k.ahead
	// Finished: somebody has counted the rows that are skipped now.
	open := k.batch.State == queue.BatchOpen || k.batch.State == queue.BatchFinished
	ok = !k.waiting && open && n <= k.batch.Published+checkpointAhead
	return ok, k.changed
}
