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

// FinishBatch publishes the end of a batch and then writes it into the record.
// The broker lets only one end of a batch in: first is false if somebody else
// was first. Whoever finds the event without the record may do it again.
func (q *Queue) FinishBatch(ctx context.Context, s BatchStatus) (first bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	end := time.Now().UTC()
	data, err := schema.BatchFinished{
		BatchID: s.ID, AppID: s.AppID, Rows: s.Rows, Published: s.Rows - s.Unpublished,
		Counts: s.Counts, Reasons: s.Reasons, Cancelled: s.Cancelled, StartedAt: s.CreatedAt, FinishedAt: end,
	}.Encode()
	if err != nil {
		return false, err
	}
	msg := &nats.Msg{Subject: schema.BatchEventSubject(s.AppID, s.ID), Data: data}
	_, err = q.js.PublishMsg(ctx, msg, jetstream.WithExpectStream(schema.StreamResults), jetstream.WithExpectLastSequencePerSubject(0))
	if isWrongLast(err) {
		err = nil
	} else if err == nil {
		first = true
	}
	if err != nil {
		return false, fmt.Errorf("publish the end of batch %s: %w", s.ID, err)
	}
	_, err = q.ChangeBatch(ctx, s.ID, func(b *Batch) error {
		if b.State == BatchFinished || !b.CreatedAt.Equal(s.CreatedAt) {
			return ErrBatchEnded // by somebody else, or it is another one by now
		}
		b.State, b.EndedAt, b.Counts, b.Reasons = BatchFinished, end, s.Counts, s.Reasons
		b.Published = max(b.Published, s.Rows-s.Unpublished)
		return nil
	})
	if errors.Is(err, ErrBatchEnded) || errors.Is(err, ErrNoBatch) {
		err = nil
	}
	return first, err
}
