package queue

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// answerTime is how long one request for a change may take, and patience for
	// how long it is made again.
	answerTime = 5 * time.Second
	patience   = 20 * time.Second
	// askPause is between two requests.
	askPause = 250 * time.Millisecond
)

// codeNoLeader is the server's word that there is no leader now.
const codeNoLeader jetstream.ErrorCode = 10008

// patiently has a change of streams, which may be made twice, made until it is
// answered. Servers that have just begun, or have lost their leader, forget a
// request without a word.
func (q *Queue) patiently(ctx context.Context, change func(context.Context) error) error {
	for end := time.Now().Add(patience); ; {
		one, cancel := context.WithTimeout(ctx, answerTime)
		err := q.orRefused(change(one), q.api("STREAM."))
		cancel()
		unanswered := errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, ErrForbidden)
		refusal, refused := errors.AsType[*jetstream.APIError](err)
		noLeader := refused && refusal.ErrorCode == codeNoLeader
		if !unanswered && !noLeader || time.Now().After(end) || sleepUntil(ctx, time.Now().Add(askPause)) != nil {
			return err
		}
	}
}
