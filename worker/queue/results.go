package queue

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// PublishResult stores a result and returns when the broker has confirmed it.
// App and result id are the message id, so a repeat is stored once, and one
// app's job cannot take the place of another's.
func (q *Queue) PublishResult(ctx context.Context, result schema.Result) error {
	data, err := result.Encode()
	if err != nil {
		return err
	}
	return q.StoreResult(ctx, "", result, data)
}

// StoreResult is [Queue.PublishResult] and [Queue.PublishBatchResult] for a
// result that was encoded already.
func (q *Queue) StoreResult(ctx context.Context, batchID string, result schema.Result, data []byte) error {
	subject := schema.ResultSubject(result.Lane, result.AppID)
	if batchID != "" {
		subject = schema.BatchResultSubject(result.AppID, batchID, result.Outcome, result.Reason)
	}
	headers := append(make([]header, 0, usualHeaders), header{jetstream.MsgIDHeader, result.AppID + "." + result.ID},
		header{jetstream.ExpectedStreamHeader, schema.StreamResults})
	if q.cfg.ResultFormat == ResultCloudEvents {
		headers = append(headers, cloudEvent(result)...)
	}
	ack, err := q.confirm(ctx, subject, data, withTrace(ctx, headers)...)
	if err != nil {
		return fmt.Errorf("publish result %s: %w", result.ID, err)
	}
	if ack.Duplicate {
		q.repeats.Add(1)
	}
	return nil
}

// Reply sends an encoded result to the app that waits for it. It is not stored:
// the result stream is what can be relied on.
func (q *Queue) Reply(ctx context.Context, replyTo string, result schema.Result, data []byte) error {
	msg := &nats.Msg{Subject: replyTo, Data: data, Header: traced(ctx, nil)}
	if q.cfg.ResultFormat == ResultCloudEvents {
		if msg.Header == nil {
			msg.Header = nats.Header{}
		}
		for _, h := range cloudEvent(result) {
			msg.Header[h.key] = []string{h.value}
		}
	}
	if err := q.nc.PublishMsg(msg); err != nil {
		return fmt.Errorf("send reply: %w", unsent(err))
	}
	return nil
}

// Repeats counts the results that the broker had already when they were
// published: a message id kept each from being stored twice.
func (q *Queue) Repeats() uint64 { return q.repeats.Load() }

// consumerIdle is how long the broker keeps the consumer of a reader that is
// gone. A stream has room for 1,000 consumers, and some programs look every
// second.
const consumerIdle = 30 * time.Second

// consumerTries bounds how often a lost consumer is made anew, after 1, 2, 4, 8
// and 10 s: an election passes meanwhile. The end of the context is not heard
// in that time, so it must not be for ever.
const consumerTries = 6

// Follow says which results to follow.
type Follow struct {
	// Since is the time of the oldest result wanted; zero: all that are kept.
	Since time.Time
	// After, if set, wants what was stored after this sequence instead: see
	// [Queue.LastResult].
	After uint64
	// Once ends at the newest result that is stored now. Defaults to false:
	// wait for more until the context ends.
	Once bool
}

// Results yields every result in the order they were stored, until ctx ends.
// It reads with an ephemeral consumer: nobody else's results are taken away. A
// result that cannot be read comes as an error and the next one follows; after
// any other error nothing does.
func (q *Queue) Results(ctx context.Context, f Follow) iter.Seq2[schema.Result, error] {
	return func(yield func(schema.Result, error) bool) {
		messages, pending, err := q.openResults(ctx, f)
		if ctx.Err() != nil {
			if err == nil {
				messages.Stop()
			}
			return
		}
		if err != nil {
			yield(schema.Result{}, fmt.Errorf("follow results: %w", unsent(err)))
			return
		}
		defer messages.Stop()
		for more := !f.Once || pending > 0; more; {
			msg, err := messages.Next(jetstream.NextContext(ctx))
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				yield(schema.Result{}, fmt.Errorf("follow results: %w", unsent(err)))
				return
			}
			result, left, err := readResult(msg)
			pending--
			more = !f.Once || left > 0 && pending > 0
			if isResult(msg.Subject()) {
				more = yield(result, err) && more
			}
		}
	}
}

func (q *Queue) openResults(ctx context.Context, f Follow) (jetstream.MessagesContext, uint64, error) {
	cfg := jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverAllPolicy, InactiveThreshold: consumerIdle, MaxResetAttempts: consumerTries,
	}
	switch {
	case f.After > 0:
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, f.After+1
	case !f.Since.IsZero():
		cfg.DeliverPolicy, cfg.OptStartTime = jetstream.DeliverByStartTimePolicy, &f.Since
	}
	consumer, err := q.js.OrderedConsumer(ctx, schema.StreamResults, cfg)
	if err != nil {
		return nil, 0, err
	}
	info, err := consumer.Info(ctx)
	if err != nil {
		return nil, 0, err
	}
	messages, err := consumer.Messages()
	return messages, info.NumPending, err
}

// isResult tells a result from the events that stand in the stream beside them.
func isResult(subject string) bool { return strings.HasPrefix(subject, resultPrefix) }

var resultPrefix = strings.TrimSuffix(schema.ResultSubjects, ">")

// readResult also says how many stored results come after this one.
func readResult(msg jetstream.Msg) (schema.Result, uint64, error) {
	meta, err := msg.Metadata()
	if err != nil {
		return schema.Result{}, 0, fmt.Errorf("read result: %w", err)
	}
	result, err := schema.DecodeResult(msg.Data())
	if err != nil {
		err = fmt.Errorf("result at %d: %w", meta.Sequence.Stream, err)
	}
	return result, meta.NumPending, err
}

// LastResult is the sequence of the newest stored result, to follow what comes
// after it.
func (q *Queue) LastResult(ctx context.Context) (uint64, error) {
	stream, err := q.js.Stream(ctx, schema.StreamResults)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return 0, fmt.Errorf("look at stream %s: %w", schema.StreamResults, ErrNoQueue)
	}
	if err != nil {
		return 0, fmt.Errorf("look at stream %s: %w", schema.StreamResults, q.orRefused(err, "STREAM.INFO."+schema.StreamResults))
	}
	return stream.CachedInfo().State.LastSeq, nil
}
