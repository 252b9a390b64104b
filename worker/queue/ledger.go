package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// ErrChanged says that an entry is not as its writer knew it.
var ErrChanged = errors.New("the entry was changed by somebody else")

// A Ledger is the bucket of claims. What is written often goes straight to its
// stream: the library's way costs a worker a tenth of its time.
type Ledger struct {
	queue *Queue
	kv    jetstream.KeyValue
	put   string
}

// Ledger opens the bucket of claims.
func (q *Queue) Ledger(ctx context.Context) (*Ledger, error) {
	kv, err := q.LedgerBucket(ctx)
	if err != nil {
		return nil, err
	}
	return &Ledger{queue: q, kv: kv, put: q.keysOf(schema.BucketLedger)}, nil
}

// LedgerBucket is the bucket itself.
func (q *Queue) LedgerBucket(ctx context.Context) (jetstream.KeyValue, error) {
	kv, err := q.js.KeyValue(ctx, schema.BucketLedger)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", schema.BucketLedger, err)
	}
	return kv, nil
}

// Put writes an entry that nobody else has changed since revision; 0: that does
// not exist. It returns the new revision, or [ErrChanged].
func (l *Ledger) Put(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	ack, err := l.queue.confirm(ctx, l.put+key, value,
		header{jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(revision, 10)})
	if isWrongLast(err) {
		return 0, ErrChanged
	}
	return ack.Sequence, err
}

// isWrongLast says that a compare-and-set failed; a stream with copies has a code
// of its own for it.
func isWrongLast(err error) bool {
	api, ok := errors.AsType[*jetstream.APIError](err)
	return ok && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// Note is Put without the broker's word for it.
func (l *Ledger) Note(key string, value []byte, revision uint64) error {
	return l.queue.tell(l.put+key, value, header{jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(revision, 10)})
}

// Set writes an entry, whatever was there.
func (l *Ledger) Set(ctx context.Context, key string, value []byte) error {
	_, err := l.kv.Put(ctx, key, value)
	return err
}

// Get reads an entry; [jetstream.ErrKeyNotFound] if there is none. It may be a
// little old: any replica answers.
func (l *Ledger) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	return l.kv.Get(ctx, key)
}
