package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A Right is one subject that a worker publishes to, or listens on.
type Right struct {
	// Name is what it is for: consumers, tidy, pull, ack, results, dead letters, ledger,
	// replies, strays, batches, rate, newest, fleet.
	Name string
	// Listen: it is a right to subscribe.
	Listen bool
	// Allow is the subject to allow, with wildcards, as in the server's
	// configuration.
	Allow string
	// Optional: jobs are worked on without it too.
	Optional bool
	// Err is nil if the broker let it pass, [ErrForbidden] if it did not,
	// [ErrNoQueue] if it did and no consumer is behind it. Anything else
	// leaves it unproved.
	Err error
}

func (q *Queue) rights(ctx context.Context, use Use) []Right {
	var rights []Right
	for _, p := range q.probes(use) {
		rights = append(rights, Right{Name: p.name, Listen: p.listen, Allow: p.allow, Optional: p.optional, Err: q.try(ctx, p)})
	}
	return rights
}

func (q *Queue) try(ctx context.Context, p probe) error {
	msg := &nats.Msg{Subject: p.subject, Header: p.header, Data: []byte(p.data)}
	if msg.Subject == "" {
		msg.Subject = p.allow
	}
	switch {
	case p.listen:
		return q.trySubscribe(ctx, msg.Subject)
	case !p.answered:
		return q.unrefused(ctx, func() error { return q.nc.PublishMsg(msg) })
	}
	for end := time.Now().Add(electionTime); ; {
		err := q.guarded(ctx, func(ctx context.Context) error { return q.request(ctx, msg) })
		if !errors.Is(err, nats.ErrNoResponders) || time.Now().After(end) || sleepUntil(ctx, time.Now().Add(askPause)) != nil {
			return err
		}
	}
}

// electionTime is how long nobody may listen to a consumer that was just made:
// its servers elect a leader first.
const electionTime = 3 * time.Second

func (q *Queue) request(ctx context.Context, msg *nats.Msg) error {
	answer, err := q.nc.RequestMsgWithContext(ctx, msg)
	if err != nil {
		return publishError(err)
	}
	return apiError(answer.Data)
}

// apiError is the error inside an answer of JetStream's API. A stream that is
// not there says nothing about rights.
func apiError(answer []byte) error {
	var a struct {
		Error *jetstream.APIError `json:"error"`
	}
	if isJSON := json.Unmarshal(answer, &a) == nil; !isJSON || a.Error == nil {
		return nil // acks and pulls answer otherwise
	}
	if a.Error.Code == http.StatusNotFound {
		return fmt.Errorf("%w: %w", ErrNoQueue, a.Error)
	}
	return a.Error
}

// mayReceive tries a subscription to an inbox.
func (q *Queue) mayReceive(ctx context.Context) error {
	return q.unrefused(ctx, func() error {
		sub, err := q.nc.SubscribeSync(q.nc.NewInbox())
		if err != nil {
			return err
		}
		return sub.Unsubscribe()
	})
}

// unrefused does what gets no answer. The broker's refusal would come before
// its answer to the flush.
func (q *Queue) unrefused(ctx context.Context, do func() error) error {
	return q.guarded(ctx, func(ctx context.Context) error {
		before := q.nc.LastError()
		if err := do(); err != nil {
			return err
		}
		if err := q.nc.FlushWithContext(ctx); err != nil {
			return err
		}
		err := q.nc.LastError()
		if !errors.Is(err, nats.ErrPermissionViolation) || errors.Is(err, before) {
			return nil
		}
		<-ctx.Done() // the handler hears of it: not of the next question's
		return err
	})
}
