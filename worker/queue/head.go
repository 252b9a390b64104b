package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// Head is what is known of the oldest or newest message of a subject in the job
// stream, those in hand included.
type Head struct {
	Seq uint64
	// QueuedAt is when it was stored, Expiry when its job ends: the time it was
	// stored if it cannot be read.
	QueuedAt, Expiry time.Time
}

// Head looks at the oldest job of a subject, which may have wildcards; ok is false
// if there is none. The error is [ErrForbidden] if this connection may not look.
func (q *Queue) Head(ctx context.Context, subject string) (h Head, ok bool, err error) {
	return q.look(ctx, "oldest", func(ctx context.Context, stream jetstream.Stream) (*jetstream.RawStreamMsg, error) {
		return q.message(ctx, stream, 1, subject)
	})
}

// Tail is Head for the newest job.
func (q *Queue) Tail(ctx context.Context, subject string) (h Head, ok bool, err error) {
	return q.look(ctx, "newest", func(ctx context.Context, stream jetstream.Stream) (*jetstream.RawStreamMsg, error) {
		ctx, cancel := context.WithTimeout(ctx, batchTimeout)
		defer cancel()
		return stream.GetLastMsgForSubject(ctx, subject)
	})
}

func (q *Queue) look(ctx context.Context, which string, get func(context.Context, jetstream.Stream) (*jetstream.RawStreamMsg, error)) (h Head, ok bool, err error) {
	stream, err := q.stream(ctx, schema.StreamJobs)
	if err != nil {
		return Head{}, false, fmt.Errorf("look at the %s job: %w", which, err)
	}
	msg, err := get(ctx, stream)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return Head{}, false, nil
	}
	if err != nil {
		return Head{}, false, fmt.Errorf("look at the %s job: %w", which, q.orRefused(err, "STREAM.MSG.GET."))
	}
	h = Head{Seq: msg.Sequence, QueuedAt: msg.Time, Expiry: msg.Time}
	if job, err := schema.DecodeJob(msg.Data); err == nil && job.Validate() == nil {
		h.Expiry = job.Expiry(msg.Time)
	}
	return h, true, nil
}
