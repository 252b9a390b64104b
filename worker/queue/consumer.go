package queue

import (
	"context"
	"errors"
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
	// lingerFor is how long a pull stays out whose jobs come now and then.
	lingerFor = 10 * time.Millisecond
)

// A Consumer takes the jobs of one app, or of one of its batches, off a lane.
type Consumer struct {
	App App
	// AckWait is how long the broker lets a worker hold a job: what the
	// consumer has, whatever this connection's configuration says.
	AckWait  time.Duration
	consumer jetstream.Consumer
	queue    *Queue
}

// Consumer opens the consumer that all workers share for an app's jobs on a
// lane. If it is not there it is created, whoever made the streams: apps come
// and go.
func (q *Queue) Consumer(ctx context.Context, app App) (*Consumer, error) {
	want := q.cfg.Consumer(app)
	found, err := q.js.Consumer(ctx, schema.StreamJobs, want.Durable)
	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound):
		found, err = q.js.CreateConsumer(ctx, schema.StreamJobs, want)
	case err == nil && q.cfg.Provision == ProvisionCreate:
		found, err = q.adjust(ctx, found, want)
	case err == nil && q.cfg.Provision == ProvisionVerify:
		if lines := compareConsumer(want, found.CachedInfo()); len(lines) > 0 {
			err = &DifferenceError{Lines: lines}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open consumer %s: %w", want.Durable, err)
	}
	return &Consumer{App: app, AckWait: found.CachedInfo().Config.AckWait, consumer: found, queue: q}, nil
}

// adjust makes a consumer as it should be. Workers that run reckon with the
// AckWait they found: it is raised, and never shortened under them.
func (q *Queue) adjust(ctx context.Context, found jetstream.Consumer, want jetstream.ConsumerConfig) (jetstream.Consumer, error) {
	info := found.CachedInfo()
	want.AckWait = max(want.AckWait, info.Config.AckWait)
	if len(compareConsumer(want, info)) == 0 {
		return found, nil
	}
	return q.js.UpdateConsumer(ctx, schema.StreamJobs, want)
}

// DropConsumer deletes the consumer of an app that has no jobs. Called for one
// that has, it costs a count of deliveries and no job. One that is gone already
// is no error.
func (q *Queue) DropConsumer(ctx context.Context, app App) error {
	name := consumerName(app)
	err := q.js.DeleteConsumer(ctx, schema.StreamJobs, name)
	if err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return fmt.Errorf("drop consumer %s: %w", name, err)
	}
	return nil
}

// Fetch asks for up to n jobs and hands them on as they come, for at most a
// second. Ask only for what can be worked on at once: a job's AckWait runs
// from the moment the broker sends it.
func (c *Consumer) Fetch(n int) (jetstream.MessageBatch, error) {
	if err := c.up(); err != nil {
		return nil, fmt.Errorf("fetch jobs of %s: %w", c.App.ID, err)
	}
	batch, err := c.consumer.Fetch(n, jetstream.FetchMaxWait(pullWait), jetstream.FetchHeartbeat(pullHeartbeat))
	if err != nil {
		return nil, fmt.Errorf("fetch jobs of %s: %w", c.App.ID, err)
	}
	return batch, nil
}

// Poll is Fetch for up to n jobs that are there already.
func (c *Consumer) Poll(n int) (jetstream.MessageBatch, error) {
	if err := c.up(); err != nil {
		return nil, fmt.Errorf("poll jobs of %s: %w", c.App.ID, err)
	}
	batch, err := c.consumer.FetchNoWait(n)
	if err != nil {
		return nil, fmt.Errorf("poll jobs of %s: %w", c.App.ID, err)
	}
	return batch, nil
}

// Linger is Poll that stays for some milliseconds and hands on what comes
// meanwhile.
func (c *Consumer) Linger(n int) (jetstream.MessageBatch, error) {
	if err := c.up(); err != nil {
		return nil, fmt.Errorf("poll jobs of %s: %w", c.App.ID, err)
	}
	batch, err := c.consumer.Fetch(n, jetstream.FetchMaxWait(lingerFor))
	if err != nil {
		return nil, fmt.Errorf("poll jobs of %s: %w", c.App.ID, err)
	}
	return batch, nil
}

// up keeps a pull from being tried without a server: the client would leave
// the subscription of each failed one behind, thousands in a long outage.
func (c *Consumer) up() error {
	if !c.queue.Connected() {
		return ErrUnreachable
	}
	return nil
}
