package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// rateOver is the time over which a batch's rate is measured.
const rateOver = time.Minute

// BatchRate is how many results of a batch were stored per second in the last
// minute, or since it began if that is less. It is counted by the broker, with
// two questions, whatever the size.
func (q *Queue) BatchRate(ctx context.Context, b Batch) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	now := time.Now()
	since := now.Add(-rateOver)
	if b.CreatedAt.After(since) {
		since = b.CreatedAt
	}
	over := now.Sub(since)
	if over <= 0 || b.State == BatchFinished && b.EndedAt.Before(since) {
		return 0, nil
	}
	consumer, err := q.js.OrderedConsumer(ctx, schema.StreamResults, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{schema.BatchResultSubjects(b.AppID, b.ID)}, HeadersOnly: true, InactiveThreshold: consumerIdle,
		DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartTime: &since, MaxResetAttempts: 1,
	})
	if err != nil {
		return 0, fmt.Errorf("measure batch %s: %w", b.ID, q.orRefused(err, "CONSUMER.CREATE."+schema.StreamResults))
	}
	info := consumer.CachedInfo()
	_ = q.js.DeleteConsumer(ctx, schema.StreamResults, info.Name) // it would end by itself
	return float64(info.NumPending) / over.Seconds(), nil
}
