package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

var (
	// ErrQueueFull says that the job stream is at its limit and took nothing.
	ErrQueueFull = errors.New("job queue is full")
	// ErrNoQueue says that no stream takes jobs: no worker has created it yet.
	// An account that may not publish gets no answer instead, and OnTrouble the
	// reason.
	ErrNoQueue = errors.New("no job queue behind the subject")
	// ErrDuplicate says that a job with this id is in the queue already.
	ErrDuplicate = errors.New("a job with this id was queued already")
)

// codeStreamFull is the broker's "maximum messages or bytes exceeded".
const codeStreamFull = 10077

// publishTimeout bounds one publish when the caller's context does not.
const publishTimeout = 5 * time.Second

// Publish puts a job on its lane and returns when the broker has stored it.
//
// The trace context of ctx, if there is one, goes along in the message's headers,
// and the worker's spans continue that trace.
//
// The job's id is the message id: publishing it again within ten minutes, or
// while it waits, returns [ErrDuplicate] and queues nothing. Other errors:
// [schema.Faults] for an invalid job, [ErrQueueFull], [ErrNoQueue],
// [ErrUnreachable] while no server is connected. After any other one the job may
// have been stored: publish it again under the same id.
func (q *Queue) Publish(ctx context.Context, lane schema.Lane, job schema.Job) error {
	data, err := job.Encode()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	ack, err := q.js.PublishMsg(ctx, &nats.Msg{Subject: schema.JobSubject(lane, job.AppID), Data: data, Header: traced(ctx, nil)},
		jetstream.WithMsgID(job.ID), jetstream.WithExpectStream(schema.StreamJobs))
	if err != nil {
		return fmt.Errorf("publish job %s: %w", job.ID, publishError(err))
	}
	if ack.Duplicate {
		return fmt.Errorf("publish job %s: %w", job.ID, ErrDuplicate)
	}
	return nil
}

func publishError(err error) error {
	var api *jetstream.APIError
	switch {
	case errors.As(err, &api) && api.ErrorCode == codeStreamFull:
		return fmt.Errorf("%w: %w", ErrQueueFull, err)
	case errors.Is(err, jetstream.ErrNoStreamResponse), errors.Is(err, nats.ErrNoResponders):
		return fmt.Errorf("%w: %w", ErrNoQueue, err)
	}
	return unsent(err)
}
