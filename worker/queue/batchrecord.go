package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

const (
	// batchTimeout bounds one question about a batch when the caller's context
	// does not.
	batchTimeout = 5 * time.Second
	// changeTries bounds how often a change is tried anew, changePause is
	// between two: a read may be a little old.
	changeTries = 10
	changePause = 50 * time.Millisecond
)

// CreateBatch writes the record of a new batch and returns it. [ErrBatchExists]:
// there is one with that id, or jobs, results or the end of an earlier one are
// still kept, which would be counted for this one. [ErrNoQueue]: no worker has
// made the queue yet. [schema.Faults]: the record is not valid.
func (q *Queue) CreateBatch(ctx context.Context, b Batch) (Batch, error) {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	if b.State == "" {
		b.State = BatchOpen
	}
	b.CreatedAt = time.Now().UTC()
	b.UpdatedAt, b.CheckpointAt, b.EndedAt = b.CreatedAt, b.CreatedAt, time.Time{}
	if err := b.validate(); err != nil {
		return Batch{}, fmt.Errorf("create batch: %w", err)
	}
	err := q.isFresh(ctx, b)
	if err == nil {
		b.Revision, err = q.createBatch(ctx, b)
	}
	switch {
	case NoBatches(err):
		err = fmt.Errorf("%w: %w", ErrNoQueue, err)
	case errors.Is(err, jetstream.ErrKeyExists):
		err = ErrBatchExists
	}
	if err != nil {
		return Batch{}, fmt.Errorf("create batch %s: %w", b.ID, err)
	}
	return b, nil
}

func (q *Queue) createBatch(ctx context.Context, b Batch) (revision uint64, err error) {
	kv, data, err := q.toWrite(ctx, b)
	if err != nil {
		return 0, err
	}
	return kv.Create(ctx, b.ID, data)
}

// isFresh says that nothing is kept under the batch's subjects.
func (q *Queue) isFresh(ctx context.Context, b Batch) error {
	for _, place := range []struct{ stream, subject, what string }{
		{schema.StreamJobs, schema.BatchJobSubject(b.AppID, b.ID), "jobs"},
		{schema.StreamResults, schema.BatchResultSubjects(b.AppID, b.ID), "results"},
		{schema.StreamResults, schema.BatchEventSubject(b.AppID, b.ID), "the end"},
	} {
		found, err := q.subjectsOf(ctx, place.stream, place.subject)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			return fmt.Errorf("%s of an earlier batch of that id are still kept: %w", place.what, ErrBatchExists)
		}
	}
	return nil
}

// Batch reads the record of a batch, [ErrNoBatch] if there is none. It may be a
// little old: any replica answers.
func (q *Queue) Batch(ctx context.Context, id string) (Batch, error) {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	if err := schema.CheckBatchID(id); err != nil {
		return Batch{}, fmt.Errorf("read batch: %w: %w", ErrNoBatch, err)
	}
	kv, err := q.batchBucket(ctx)
	if err != nil {
		return Batch{}, fmt.Errorf("read batch %s: %w", id, err)
	}
	found, err := kv.Get(ctx, id)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		err = ErrNoBatch
	}
	if err != nil {
		return Batch{}, fmt.Errorf("read batch %s: %w", id, unsent(err))
	}
	return decodeBatch(id, found.Value(), found.Revision())
}

// UpdateBatch writes a record over the revision that it was read at, and returns
// it with its new one. [ErrBatchChanged]: somebody else has written since; read
// it again.
func (q *Queue) UpdateBatch(ctx context.Context, b Batch) (Batch, error) {
	before, err := q.Batch(ctx, b.ID)
	switch {
	case err != nil:
		return Batch{}, fmt.Errorf("update batch: %w", err)
	case before.Revision > b.Revision:
		return Batch{}, fmt.Errorf("update batch %s: %w", b.ID, ErrBatchChanged)
	}
	return q.writeBatch(ctx, before, b)
}

// ChangeBatch reads a record, changes it and writes it, anew if somebody else was
// faster; [ErrBatchChanged] if that went on for ten times. The error of change
// ends it and is returned as it is.
func (q *Queue) ChangeBatch(ctx context.Context, id string, change func(*Batch) error) (Batch, error) {
	for try := 1; ; try++ {
		before, err := q.Batch(ctx, id)
		if err != nil {
			return Batch{}, err
		}
		b := before
		if err := change(&b); err != nil {
			return before, err
		}
		b, err = q.writeBatch(ctx, before, b)
		if !errors.Is(err, ErrBatchChanged) || try == changeTries {
			return b, err
		}
		if sleepUntil(ctx, time.Now().Add(changePause/2+rand.N(changePause))) != nil {
			return b, err
		}
	}
}

func (q *Queue) writeBatch(ctx context.Context, before, b Batch) (Batch, error) {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	if err := b.validate(); err != nil {
		return Batch{}, fmt.Errorf("update batch %s: %w", b.ID, err)
	}
	b.UpdatedAt = time.Now().UTC()
	if b.Published != before.Published || b.LastSeq != before.LastSeq || b.Sender != before.Sender {
		b.CheckpointAt = b.UpdatedAt
	}
	kv, data, err := q.toWrite(ctx, b)
	if err != nil {
		return Batch{}, fmt.Errorf("update batch %s: %w", b.ID, err)
	}
	b.Revision, err = kv.Update(ctx, b.ID, data, b.Revision)
	if errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		err = ErrBatchChanged
	}
	if err != nil {
		return Batch{}, fmt.Errorf("update batch %s: %w", b.ID, unsent(err))
	}
	return b, nil
}

func (q *Queue) toWrite(ctx context.Context, b Batch) (jetstream.KeyValue, []byte, error) {
	data, err := json.Marshal(b)
	if err != nil {
		return nil, nil, err
	}
	kv, err := q.batchBucket(ctx)
	return kv, data, err
}

// batchBucket keeps the handle: opening one costs a request.
func (q *Queue) batchBucket(ctx context.Context) (jetstream.KeyValue, error) {
	if kept, ok := q.buckets.Load(schema.BucketBatches); ok {
		return kept.(jetstream.KeyValue), nil
	}
	kv, err := q.js.KeyValue(ctx, schema.BucketBatches)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", schema.BucketBatches, unsent(err))
	}
	q.buckets.Store(schema.BucketBatches, kv)
	return kv, nil
}

func decodeBatch(id string, data []byte, revision uint64) (Batch, error) {
	var b Batch
	if err := json.Unmarshal(data, &b); err != nil {
		return Batch{}, fmt.Errorf("read batch %s: %w", id, err)
	}
	b.ID, b.Revision = id, revision
	return b, nil
}
