package batchfile

import (
	"context"
	"errors"
	"time"

	"github.com/otpworker/otpworker/worker/queue"
)

// Await counts a batch about every half second until it is finished, and returns
// the last count. The error is the context's, [queue.ErrNoBatch], or that of a
// queue that does not answer for a minute.
func Await(ctx context.Context, q *queue.Queue, id string, observe func(Progress)) (queue.BatchStatus, error) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	answered := time.Now()
	for {
		status, err := count(ctx, q, id)
		switch {
		case ctx.Err() != nil:
			return status, context.Cause(ctx)
		case err == nil:
			answered = time.Now()
			if observe != nil {
				observe(Progress{BatchStatus: status})
			}
			if status.State == queue.BatchFinished {
				return status, nil
			}
		case errors.Is(err, queue.ErrNoBatch), time.Since(answered) > keepPatience:
			return status, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return status, context.Cause(ctx)
		}
	}
}

func count(ctx context.Context, q *queue.Queue, id string) (queue.BatchStatus, error) {
	b, err := q.Batch(ctx, id)
	if err != nil {
		return queue.BatchStatus{}, err
	}
	return q.BatchStatus(ctx, b)
}
