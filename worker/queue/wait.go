package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"

	"github.com/otpworker/otpworker/schema"
)

// ErrNoResult says that no result came in time. The job is still in the queue
// or on its way: its result will stand in the result stream.
var ErrNoResult = errors.New("no result in time")

// afterExpiry is how long after a job's expiry its result may still arrive: a
// send whose answer was lost is asked about first.
const afterExpiry = 30 * time.Second

var replyPrefix = strings.TrimSuffix(schema.ReplySubjects, ">")

// SendAndWait publishes a job and waits for its result, until 30 s after the
// job's expiry or the end of ctx. It sets the job's replyTo.
//
// Any result is returned without an error, also "rejected" and "expired". After
// [ErrNoResult] do not send the same code under a new id: the first job may
// still be sent.
func (q *Queue) SendAndWait(ctx context.Context, lane schema.Lane, job schema.Job) (schema.Result, error) {
	job.ReplyTo = replyPrefix + nuid.Next()
	sub, err := q.nc.SubscribeSync(job.ReplyTo)
	if err != nil {
		return schema.Result{}, fmt.Errorf("subscribe for the result: %w", err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := q.flush(ctx); err != nil {
		return schema.Result{}, fmt.Errorf("subscribe for the result: %w", err)
	}
	if err := q.Publish(ctx, lane, job); err != nil {
		return schema.Result{}, err
	}
	ctx, cancel := context.WithDeadline(ctx, lastResult(job, time.Now()))
	defer cancel()
	return awaitResult(ctx, sub, job.ID)
}

// flush returns when the server has the subscription: it must, before a worker
// can answer.
func (q *Queue) flush(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	return q.nc.FlushWithContext(ctx)
}

// lastResult is when a job's result must have come. A job that was published
// too late has one too.
func lastResult(job schema.Job, queuedAt time.Time) time.Time {
	expiry := job.Expiry(queuedAt)
	if expiry.Before(queuedAt) {
		expiry = queuedAt
	}
	return expiry.Add(afterExpiry)
}

// awaitResult skips what is not the job's: the subject is secret, not private.
func awaitResult(ctx context.Context, sub *nats.Subscription, jobID string) (schema.Result, error) {
	for {
		msg, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return schema.Result{}, fmt.Errorf("wait for job %s: %w: %w", jobID, ErrNoResult, err)
		}
		result, err := schema.DecodeResult(msg.Data)
		if err == nil && result.JobID == jobID {
			return result, nil
		}
	}
}
