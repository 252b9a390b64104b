package queue

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// Ahead reads the first message of a subject, which may have wildcards, from a
// sequence of the job stream on; nil if there is none. It takes nothing.
func (q *Queue) Ahead(ctx context.Context, subject string, from uint64) (*jetstream.RawStreamMsg, error) {
	stream, err := q.stream(ctx, schema.StreamJobs)
	if err != nil {
		return nil, fmt.Errorf("read ahead: %w", err)
	}
	msg, err := q.message(ctx, stream, from, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read ahead: %w", err)
	}
	return msg, nil
}
