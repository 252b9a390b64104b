package queue

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// Rate is the one definition of the bucket by which all workers share a rate. Its
// entries have no age: one that was forgotten would look like a new bucket, and
// the first send after a quiet night would wait for that.
func (c Config) Rate() jetstream.KeyValueConfig {
	return jetstream.KeyValueConfig{
		Bucket:      schema.BucketRate,
		Description: "which sends of the fleet's rate are taken, and until when all wait",
		History:     1,
		Storage:     jetstream.FileStorage,
		Replicas:    c.Replicas,
		Metadata:    owner,
	}
}

// RateBucket opens the bucket of the fleet's rate.
func (q *Queue) RateBucket(ctx context.Context) (jetstream.KeyValue, error) {
	kv, err := q.js.KeyValue(ctx, schema.BucketRate)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", schema.BucketRate, err)
	}
	return kv, nil
}
