package batchfile

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nuid"

	"github.com/otpworker/otpworker/worker/queue"
)

// own makes the record, or becomes its sender.
func own(ctx context.Context, q *queue.Queue, f *File, p Plan, codes bool) (queue.Batch, error) {
	nonce := nuid.Next()
	if p.New {
		b := p.Batch
		b.Sender = nonce
		b, err := q.CreateBatch(ctx, b)
		if !errors.Is(err, queue.ErrBatchExists) {
			return b, err
		}
		// Somebody else may have created it this very moment, and with codes of
		// their own. If nobody has, the queue still holds what is left of an old one.
		switch _, missing := q.Batch(ctx, p.Batch.ID); {
		case errors.Is(missing, queue.ErrNoBatch):
			return queue.Batch{}, fmt.Errorf("%w: give another id", err)
		case codes:
			return queue.Batch{}, err
		}
	}
	return q.ChangeBatch(ctx, p.Batch.ID, func(b *queue.Batch) error {
		switch {
		case b.Cancelled:
			return ErrCancelled
		case b.Ended():
			return fmt.Errorf("batch %s: %w", b.ID, queue.ErrBatchEnded)
		}
		b.Sender = nonce
		return f.check(*b)
	})
}
