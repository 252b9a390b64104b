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

// unsent makes an error [ErrUnreachable] if no server was connected to send to.
func unsent(err error) error {
	if errors.Is(err, nats.ErrReconnectBufExceeded) {
		return notSent{err}
	}
	return err
}

// notSent hides the client's own words: as it keeps nothing for a later
// connection it tells of a buffer, which says nothing to who reads a page or a log.
type notSent struct{ cause error }

func (notSent) Error() string { return ErrUnreachable.Error() }

func (e notSent) Unwrap() []error { return []error{ErrUnreachable, e.cause} }
