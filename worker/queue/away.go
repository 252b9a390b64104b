package queue

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Away reports whether an error is that the broker gave no answer: it is being
// started, or elects a leader. A while later the same question may well succeed.
func Away(err error) bool {
	for _, away := range []error{context.DeadlineExceeded, nats.ErrTimeout, nats.ErrNoResponders, jetstream.ErrNoStreamResponse, ErrUnreachable} {
		if errors.Is(err, away) {
			return true
		}
	}
	return false
}
