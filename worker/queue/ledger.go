package queue

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// LedgerBucket opens the bucket of claims.
func (q *Queue) LedgerBucket(ctx context.Context) (jetstream.KeyValue, error) {
	kv, err := q.js.KeyValue(ctx, schema.BucketLedger)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", schema.BucketLedger, err)
	}
	return kv, nil
}
