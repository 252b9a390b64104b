package queue

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// MaxStrays bounds one look for strays.
const MaxStrays = 100

// Strays returns queued messages that no consumer takes, because their subject
// names no lane or no app: at most 100 of them, the rest the next time.
func (q *Queue) Strays(ctx context.Context) ([]*jetstream.RawStreamMsg, error) {
	stream, err := q.js.Stream(ctx, schema.StreamJobs)
	if err != nil {
		return nil, fmt.Errorf("look for strays: %w", err)
	}
	subjects, err := q.subjects(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for strays: %w", err)
	}
	var strays []*jetstream.RawStreamMsg
	for subject := range subjects {
		if _, err := schema.ParseJobSubject(subject); err == nil {
			continue
		}
		for seq := uint64(1); len(strays) < MaxStrays; {
			msg, err := stream.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(subject))
			if errors.Is(err, jetstream.ErrMsgNotFound) {
				break
			}
			if err != nil {
				return strays, fmt.Errorf("read stray on %s: %w", subject, err)
			}
			strays = append(strays, msg)
			seq = msg.Sequence + 1
		}
	}
	return strays, nil
}

// DropStray removes a stray that has got its answer. One that is gone already
// is no error.
func (q *Queue) DropStray(ctx context.Context, seq uint64) error {
	stream, err := q.js.Stream(ctx, schema.StreamJobs)
	if err != nil {
		return fmt.Errorf("drop stray %d: %w", seq, err)
	}
	err = stream.DeleteMsg(ctx, seq)
	if err == nil {
		return nil
	}
	// The broker has one code for "gone already" and for a failure to delete.
	if _, gone := stream.GetMsg(ctx, seq); errors.Is(gone, jetstream.ErrMsgNotFound) {
		return nil
	}
	return fmt.Errorf("drop stray %d: %w", seq, err)
}
