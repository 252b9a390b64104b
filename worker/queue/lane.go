package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

const (
	// pullWait bounds one pull, and so how long a stop waits for the pull that
	// is out: a pull that is abandoned could lock a job until its AckWait.
	pullWait = time.Second
	// pullHeartbeat notices a broker that went silent. Two missed ones end
	// the pull with an error, and the next pull asks the new leader.
	pullHeartbeat = 500 * time.Millisecond
)

// A Lane takes jobs off one lane of the job stream.
type Lane struct {
	Name schema.Lane
	// AckWait is how long the broker lets a worker hold a job: what the
	// consumer has, whatever this connection's configuration says.
	AckWait  time.Duration
	consumer jetstream.Consumer
	queue    *Queue
}

// Lane opens the consumer that all workers of a lane share.
func (q *Queue) Lane(ctx context.Context, lane schema.Lane) (*Lane, error) {
	consumer, err := q.js.Consumer(ctx, schema.StreamJobs, consumerName(lane))
	if err != nil {
		return nil, fmt.Errorf("open consumer %s: %w", consumerName(lane), err)
	}
	return &Lane{Name: lane, AckWait: consumer.CachedInfo().Config.AckWait, consumer: consumer, queue: q}, nil
}

// Fetch asks for up to n jobs and hands them on as they come, for at most a
// second. Ask only for what can be worked on at once: a job's AckWait runs
// from the moment the broker sends it.
func (l *Lane) Fetch(n int) (jetstream.MessageBatch, error) {
	if err := l.up(); err != nil {
		return nil, fmt.Errorf("fetch from %s: %w", l.Name, err)
	}
	batch, err := l.consumer.Fetch(n, jetstream.FetchMaxWait(pullWait), jetstream.FetchHeartbeat(pullHeartbeat))
	if err != nil {
		return nil, fmt.Errorf("fetch from %s: %w", l.Name, err)
	}
	return batch, nil
}

// Poll is Fetch for one job that is there already.
func (l *Lane) Poll() (jetstream.MessageBatch, error) {
	if err := l.up(); err != nil {
		return nil, fmt.Errorf("poll %s: %w", l.Name, err)
	}
	batch, err := l.consumer.FetchNoWait(1)
	if err != nil {
		return nil, fmt.Errorf("poll %s: %w", l.Name, err)
	}
	return batch, nil
}

// up keeps a pull from being tried without a server: the client would leave
// the subscription of each failed one behind, thousands in a long outage.
func (l *Lane) up() error {
	if !l.queue.Connected() {
		return ErrUnreachable
	}
	return nil
}

// LedgerBucket opens the bucket of claims.
func (q *Queue) LedgerBucket(ctx context.Context) (jetstream.KeyValue, error) {
	kv, err := q.js.KeyValue(ctx, schema.BucketLedger)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", schema.BucketLedger, err)
	}
	return kv, nil
}

// Waiting is how many jobs the queue holds, those in hand included.
func (q *Queue) Waiting(ctx context.Context) (uint64, error) {
	stream, err := q.js.Stream(ctx, schema.StreamJobs)
	if err != nil {
		return 0, fmt.Errorf("look at stream %s: %w", schema.StreamJobs, err)
	}
	return stream.CachedInfo().State.Msgs, nil
}
