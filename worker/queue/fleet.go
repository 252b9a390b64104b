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
	// maxFleet bounds the answers, and maxAnswer the size of one.
	maxFleet  = 1024
	maxAnswer = 256 << 10
)

// Fleet asks all workers of the queue how they are and returns their documents:
// those that answer within 0.3 s of each other and within 2 s, at most 1,024. The
// error is [ErrForbidden] if this connection may not ask.
func (q *Queue) Fleet(ctx context.Context) ([]json.RawMessage, error) {
	if q.fleetForbidden.Load() {
		return nil, fmt.Errorf("ask workers: %w", ErrForbidden) // each question would be a word in the log
	}
	answers, err := q.askFleet(ctx)
	if errors.Is(err, ErrForbidden) {
		q.fleetForbidden.Store(true)
	}
	if err != nil {
		return nil, fmt.Errorf("ask workers: %w", err)
	}
	return answers, nil
}

func (q *Queue) askFleet(ctx context.Context) ([]json.RawMessage, error) {
	sub, err := q.nc.SubscribeSync(strings.TrimSuffix(schema.FleetAnswerSubjects, ">") + nuid.Next())
	if err != nil {
		return nil, err
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := q.nc.PublishRequest(schema.FleetSnapshot, sub.Subject, nil); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, fleetLimit)
	defer cancel()
	var all []json.RawMessage
	for wait := fleetLimit; len(all) < maxFleet; wait = fleetQuiet {
		msg, err := nextWithin(ctx, sub, wait)
		switch {
		case errors.Is(err, nats.ErrPermissionViolation):
			return nil, fmt.Errorf("%w: %w", ErrForbidden, err)
		case err != nil && len(all) == 0:
			return nil, q.whyNobody(err)
		case err != nil || msg.Header.Get("Status") == noResponders:
			return all, nil
		case len(msg.Data) <= maxAnswer && json.Valid(msg.Data):
			all = append(all, msg.Data)
		}
	}
	return all, nil
}

// noResponders is what the broker answers where nobody listens.
const noResponders = "503"

func nextWithin(ctx context.Context, sub *nats.Subscription, wait time.Duration) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	return sub.NextMsgWithContext(ctx)
}

// whyNobody tells a question that was refused from one that nobody answered: the
// broker answers the one with a word on the connection only.
func (q *Queue) whyNobody(err error) error {
	last := q.nc.LastError()
	if errors.Is(last, nats.ErrPermissionViolation) && strings.Contains(last.Error(), schema.FleetSnapshot) {
		return fmt.Errorf("%w: %w", ErrForbidden, last)
	}
	return err
}
