package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// A DifferenceError lists where the broker's streams and consumers differ from
// the definition, one line each: what, field, found, wanted.
type DifferenceError struct{ Lines []string }

func (e *DifferenceError) Error() string {
	return "streams differ from what otpworker needs:\n  " + strings.Join(e.Lines, "\n  ")
}

// Provision creates or verifies streams, consumers, the ledger and the bucket of batches, as
// Config.Provision says. A difference it may not mend comes as a
// [DifferenceError].
func (q *Queue) Provision(ctx context.Context) error {
	switch q.cfg.Provision {
	case ProvisionOff:
		return nil
	case ProvisionVerify:
		return q.verify(ctx)
	default:
		return q.create(ctx)
	}
}

func (q *Queue) create(ctx context.Context) error {
	for _, s := range q.cfg.Streams() {
		if err := q.patiently(ctx, func(ctx context.Context) error { return q.createStream(ctx, s) }); err != nil {
			return fmt.Errorf("create stream %s: %w", s.Name, err)
		}
	}
	if err := q.dropEarlier(ctx); err != nil {
		return err
	}
	for _, bucket := range q.cfg.buckets() {
		err := q.patiently(ctx, func(ctx context.Context) error {
			_, err := q.js.CreateOrUpdateKeyValue(ctx, bucket)
			return err
		})
		if err != nil {
			return fmt.Errorf("create bucket %s: %w", bucket.Bucket, err)
		}
	}
	return nil
}

func (q *Queue) createStream(ctx context.Context, s jetstream.StreamConfig) error {
	if found, err := q.js.Stream(ctx, s.Name); err == nil {
		s.MaxConsumers = found.CachedInfo().Config.MaxConsumers // cannot be changed
	}
	_, err := q.js.CreateOrUpdateStream(ctx, s)
	return err
}

// dropEarlier deletes the consumers that took all apps' jobs of a lane: no
// other may take one beside them. Their jobs stay.
func (q *Queue) dropEarlier(ctx context.Context) error {
	for _, lane := range schema.Lanes() {
		name := earlierName(lane)
		if _, err := q.js.Consumer(ctx, schema.StreamJobs, name); errors.Is(err, jetstream.ErrConsumerNotFound) {
			continue
		}
		if err := q.js.DeleteConsumer(ctx, schema.StreamJobs, name); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
			return fmt.Errorf("delete consumer %s of an earlier version: %w", name, err)
		}
	}
	return nil
}

func earlierName(lane schema.Lane) string { return "worker-" + string(lane) }

func (q *Queue) verify(ctx context.Context) error {
	lines, err := q.Differences(ctx)
	if err != nil {
		return err
	}
	if len(lines) > 0 {
		return &DifferenceError{Lines: lines}
	}
	return nil
}
