package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// PublishBatchResult is [Queue.PublishResult] for a job of a managed batch.
func (q *Queue) PublishBatchResult(ctx context.Context, batchID string, result schema.Result) error {
	data, err := result.Encode()
	if err != nil {
		return err
	}
	return q.StoreResult(ctx, batchID, result, data)
}

// FollowBatch calls each with every result of a batch that is stored now, in the
// order they were stored, and returns. The error of each ends it and is returned
// as it is. A result that cannot be read is left out.
func (q *Queue) FollowBatch(ctx context.Context, appID, id string, each func(schema.Result) error) error {
	return q.readResults(ctx, schema.BatchResultSubjects(appID, id), false, func(msg jetstream.Msg) error {
		result, err := schema.DecodeResult(msg.Data())
		if err != nil {
			q.trouble(fmt.Errorf("follow batch %s: %w", id, err))
			return nil
		}
		return each(result)
	})
}

// readPatience is how long the next of the stored results is waited for.
const readPatience = 30 * time.Second

// readResults reads what is stored now under a subject.
func (q *Queue) readResults(ctx context.Context, subject string, headersOnly bool, each func(jetstream.Msg) error) error {
	opening, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	consumer, err := q.js.OrderedConsumer(opening, schema.StreamResults, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{subject}, DeliverPolicy: jetstream.DeliverAllPolicy, HeadersOnly: headersOnly,
		InactiveThreshold: consumerIdle, MaxResetAttempts: consumerTries,
	})
	if err != nil {
		return fmt.Errorf("read results: %w", unsent(err))
	}
	left := consumer.CachedInfo().NumPending
	if left == 0 {
		return nil
	}
	messages, err := consumer.Messages()
	if err != nil {
		return fmt.Errorf("read results: %w", unsent(err))
	}
	defer messages.Stop()
	for ; left > 0; left-- {
		msg, err := q.nextResult(ctx, messages)
		if err != nil {
			return fmt.Errorf("read results: %w", unsent(err))
		}
		if err := each(msg); err != nil {
			return err
		}
		if meta, err := msg.Metadata(); err == nil && meta.NumPending == 0 {
			return nil
		}
	}
	return nil
}

func (q *Queue) nextResult(ctx context.Context, messages jetstream.MessagesContext) (jetstream.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	return messages.Next(jetstream.NextContext(ctx))
}
