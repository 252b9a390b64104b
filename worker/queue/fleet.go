package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"

	"github.com/otpworker/otpworker/schema"
)

const (
	// fleetLimit bounds the wait for the workers' answers, and fleetQuiet is how
	// long after one the next may take.
	fleetLimit = 2 * time.Second
	fleetQuiet = 300 * time.Millisecond
	// askAnew is how long who may not ask does not.
	askAnew = 5 * time.Minute
	// maxFleet bounds the answers, and maxAnswer the size of one.
	maxFleet  = 1024
	maxAnswer = 256 << 10
)

// Fleet asks all workers of the queue how they are and returns their documents:
// those that answer within 0.3 s of each other and within 2 s, at most 1,024. The
// error is [ErrForbidden] if this connection may not ask.
func (q *Queue) Fleet(ctx context.Context) ([]json.RawMessage, error) {
	if time.Since(time.Unix(0, q.noFleet.Load())) < askAnew {
		return nil, fmt.Errorf("ask workers: %w", ErrForbidden) // each question would be a word in the log
	}
	answers, err := q.askFleet(ctx)
	if errors.Is(err, ErrForbidden) {
		q.noFleet.Store(time.Now().UnixNano())
	}
	if err != nil {
		return nil, fmt.Errorf("ask workers: %w", err)
	}
	return answers, nil
}

func (q *Queue) askFleet(ctx context.Context) ([]json.RawMessage, error) {
	sub, err := q.nc.SubscribeSync(fleetAnswers + nuid.Next())
	if err != nil {
		return nil, err
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := q.nc.PublishRequest(schema.FleetSnapshot, sub.Subject, nil); err != nil {
		return nil, unsent(err)
	}
	limited, cancel := context.WithTimeout(ctx, fleetLimit)
	defer cancel()
	var all []json.RawMessage
	for wait := fleetLimit; len(all) < maxFleet; wait = fleetQuiet {
		msg, err := nextWithin(limited, sub, wait)
		switch {
		case err == nil && len(msg.Data) <= maxAnswer && json.Valid(msg.Data):
			all = append(all, msg.Data)
		case err != nil && len(all) == 0:
			return nil, q.whyNobody(ctx, err)
		case err != nil:
			return all, nil
		}
	}
	return all, nil
}

func nextWithin(ctx context.Context, sub *nats.Subscription, wait time.Duration) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	return sub.NextMsgWithContext(ctx)
}

// whyNobody is nil where nobody is there, or those who are say nothing.
func (q *Queue) whyNobody(ctx context.Context, err error) error {
	for _, subject := range []string{schema.FleetSnapshot, fleetAnswers} {
		if refused := q.orRefused(err, subject); errors.Is(refused, ErrForbidden) {
			return refused
		}
	}
	silent := ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) && q.Connected()
	if silent || errors.Is(err, nats.ErrNoResponders) {
		return nil
	}
	return err
}

// fleetAnswers is what the subjects begin with that answers go to.
var fleetAnswers = strings.TrimSuffix(schema.FleetAnswerSubjects, ">")
