package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// maxTail bounds what BatchTail keeps.
const maxTail = 100_000

// ErrBatchForgotten says that results since the batch's last checkpoint may have
// left the result stream: which rows were sent after it is not to be told any
// more.
var ErrBatchForgotten = errors.New("results since its last checkpoint are not kept any more")

// BatchTail returns the ids of the jobs beyond b.Published that are in the queue
// or have their result already: a sender that goes on from the record must not
// publish them again. It reads the queue from b.LastSeq on and the names of all
// results of the batch. [ErrBatchForgotten]: it cannot be told.
func (q *Queue) BatchTail(ctx context.Context, b Batch) (map[string]bool, error) {
	tail := map[string]bool{}
	err := q.tailOfQueue(ctx, b, tail)
	if err == nil {
		err = q.tailOfResults(ctx, b, tail)
	}
	if err == nil {
		// Last: what was dropped meanwhile may not have been read.
		err = q.remembers(ctx, b)
	}
	if err != nil {
		return nil, fmt.Errorf("find the last rows of batch %s: %w", b.ID, err)
	}
	return tail, nil
}

// note keeps the id of a job that comes after the checkpoint.
func (b Batch) note(tail map[string]bool, jobID string) error {
	if row, ok := schema.BatchRow(b.ID, jobID); !ok || row <= b.Published || row > b.Rows {
		return nil
	}
	if tail[jobID] = true; len(tail) > maxTail {
		return fmt.Errorf("more than %d rows came after its last checkpoint", maxTail)
	}
	return nil
}

// tailOfQueue comes first: a job that leaves the queue then has its result.
func (q *Queue) tailOfQueue(ctx context.Context, b Batch, tail map[string]bool) error {
	stream, err := q.stream(ctx, schema.StreamJobs)
	if err != nil {
		return err
	}
	subject := schema.BatchJobSubject(b.AppID, b.ID)
	for seq := b.LastSeq + 1; ; {
		msg, err := q.message(ctx, stream, seq, subject)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := b.note(tail, msg.Header.Get(jetstream.MsgIDHeader)); err != nil {
			return err
		}
		seq = msg.Sequence + 1
	}
}

// tailOfResults reads the headers of all results: the message id names the job.
func (q *Queue) tailOfResults(ctx context.Context, b Batch, tail map[string]bool) error {
	prefix := b.AppID + "." + schema.ResultID("")
	return q.readResults(ctx, schema.BatchResultSubjects(b.AppID, b.ID), true, func(msg jetstream.Msg) error {
		jobID, ok := strings.CutPrefix(msg.Headers().Get(jetstream.MsgIDHeader), prefix)
		if !ok {
			return nil
		}
		return b.note(tail, jobID)
	})
}

// clockMargin is how far the sender's clock may be ahead of the broker's when
// the time of a checkpoint is compared with that of a result.
const clockMargin = time.Minute

// remembers says that every result since the last checkpoint is kept. The stream
// drops the oldest ones first.
func (q *Queue) remembers(ctx context.Context, b Batch) error {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	stream, err := q.stream(ctx, schema.StreamResults)
	if err != nil {
		return err
	}
	info, err := stream.Info(ctx)
	if err != nil {
		return unsent(err)
	}
	keptSince := info.State.FirstTime
	switch {
	case info.State.FirstSeq <= 1:
		return nil
	case info.State.Msgs == 0:
		keptSince = info.TimeStamp
	}
	if keptSince.After(b.CheckpointAt.Add(-clockMargin)) && b.Published < b.Rows {
		return ErrBatchForgotten
	}
	return nil
}

// message reads the first message of a subject from a sequence on.
func (q *Queue) message(ctx context.Context, stream jetstream.Stream, seq uint64, subject string) (*jetstream.RawStreamMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	msg, err := stream.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(subject))
	return msg, unsent(err)
}
