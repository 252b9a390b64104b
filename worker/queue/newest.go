package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// NewestAge is how long it is known which job for a number is the newest. No older
// job waits for longer; the minutes above that are for clocks.
const NewestAge = schema.MaxTTL + 10*time.Minute

// Newest is the one definition of the bucket that says which job for a number is
// the newest.
func (c Config) Newest() jetstream.KeyValueConfig {
	return jetstream.KeyValueConfig{
		Bucket:      schema.BucketNewest,
		Description: "which job for a number is the newest; no code, and numbers as keyed hashes only",
		History:     1,
		TTL:         NewestAge,
		Storage:     jetstream.FileStorage,
		Replicas:    c.Replicas,
		Metadata:    owner,
	}
}

// A Newest is the bucket of the newest jobs.
type Newest struct{ kv jetstream.KeyValue }

// A Listed job was the newest for its number when it was written down.
type Listed struct {
	// Seq is the job's sequence in the stream, JobID its id.
	Seq   uint64
	JobID string
	// At is the broker's time of the entry, and Revision the entry's; both are zero
	// where there is none.
	At       time.Time
	Revision uint64
}

// Newest opens the bucket of the newest jobs.
func (q *Queue) Newest(ctx context.Context) (*Newest, error) {
	kv, err := q.js.KeyValue(ctx, schema.BucketNewest)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", schema.BucketNewest, err)
	}
	return &Newest{kv}, nil
}

// Get reads an entry; the zero Listed if there is none, or none that can be read
// (then with its revision). It may be a little old: any replica answers.
func (n *Newest) Get(ctx context.Context, key string) (Listed, error) {
	entry, err := n.kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return Listed{}, nil
	}
	if err != nil {
		return Listed{}, fmt.Errorf("read the newest job: %w", err)
	}
	l := Listed{Revision: entry.Revision()}
	seq, id, _ := strings.Cut(string(entry.Value()), " ")
	if number, err := strconv.ParseUint(seq, 10, 64); err == nil {
		l.Seq, l.JobID, l.At = number, id, entry.Created()
	}
	return l, nil
}

// Put writes l over the entry with l.Revision, 0: over none. [ErrChanged]: there
// is another by now.
func (n *Newest) Put(ctx context.Context, key string, l Listed) error {
	_, err := n.kv.Update(ctx, key, []byte(strconv.FormatUint(l.Seq, 10)+" "+l.JobID), l.Revision)
	if errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		return ErrChanged
	}
	if err != nil {
		return fmt.Errorf("write the newest job: %w", err)
	}
	return nil
}
