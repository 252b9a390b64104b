package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

const (
	// watchPause is between two tries to watch; while a server is connected it
	// grows, up to longWatchPause.
	watchPause     = time.Second
	longWatchPause = 10 * time.Second
	// watchAnew bounds how long a watch could be deaf unnoticed: the records are
	// read anew so often.
	watchAnew = 5 * time.Minute
	// watchHeartbeat notices a broker that went silent.
	watchHeartbeat = 5 * time.Second
	watchExpiry    = 30 * time.Second
)

// batchStream is the stream behind the bucket, batchKeys what comes before a key
// in its subjects.
const (
	batchStream = "KV_" + schema.BucketBatches
	batchKeys   = "$KV." + schema.BucketBatches + "."
)

// Batches returns the records of all batches, the oldest first.
func (q *Queue) Batches(ctx context.Context) ([]Batch, error) {
	var all []Batch
	err := q.readBatches(ctx, func(b Batch) {
		if b.AppID != "" {
			all = append(all, b)
		}
	}, false)
	if err != nil {
		return nil, fmt.Errorf("list batches: %w", err)
	}
	slices.SortFunc(all, func(a, b Batch) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return all, nil
}

// WatchBatches calls each with the record of every batch and then with each
// change, in the order they were made, until ctx ends, whose error it returns.
// After any other error it begins anew, and OnTrouble hears of the first in a
// row: each may see a record more than once. A record that was deleted comes with
// nothing but its id.
func (q *Queue) WatchBatches(ctx context.Context, each func(Batch)) error {
	pause := watchPause
	for ctx.Err() == nil {
		start := time.Now()
		round, stop := context.WithTimeout(ctx, watchAnew)
		err := q.readBatches(round, each, true)
		over := round.Err() != nil
		stop()
		if over || time.Since(start) > longWatchPause || !q.Connected() {
			pause = watchPause
		}
		if over {
			continue
		}
		if pause == watchPause && !NoBatches(err) {
			q.trouble(fmt.Errorf("watch batches: %w", err))
		}
		_ = sleepUntil(ctx, time.Now().Add(pause))
		pause = min(2*pause, longWatchPause)
	}
	return ctx.Err()
}

// readBatches reads the bucket with an ephemeral consumer, to the newest change
// or, with follow, on and on.
func (q *Queue) readBatches(ctx context.Context, each func(Batch), follow bool) error {
	opening, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	consumer, err := q.js.OrderedConsumer(opening, batchStream, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy, InactiveThreshold: consumerIdle, MaxResetAttempts: consumerTries,
	})
	if err != nil {
		return unsent(err)
	}
	messages, err := consumer.Messages(jetstream.PullHeartbeat(watchHeartbeat), jetstream.PullExpiry(watchExpiry))
	if err != nil {
		return unsent(err)
	}
	defer messages.Stop()
	for left := consumer.CachedInfo().NumPending; follow || left > 0; {
		msg, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return unsent(err)
		}
		meta, err := msg.Metadata()
		if err != nil {
			return err
		}
		if left = meta.NumPending; len(msg.Subject()) > len(batchKeys) {
			each(recordOf(msg, meta.Sequence.Stream))
		}
	}
	return nil
}

// recordOf reads a message of the bucket. One that cannot be read is as good as
// deleted.
func recordOf(msg jetstream.Msg, revision uint64) Batch {
	id := msg.Subject()[len(batchKeys):]
	if deleted(msg.Headers()) {
		return Batch{ID: id}
	}
	b, err := decodeBatch(id, msg.Data(), revision)
	if err != nil {
		return Batch{ID: id}
	}
	return b
}

func deleted(h nats.Header) bool {
	return h.Get("KV-Operation") != "" || h.Get(jetstream.MarkerReasonHeader) != ""
}

// NoBatches reports whether an error says that there is no bucket of batches: no
// batch can have been created.
func NoBatches(err error) bool {
	return errors.Is(err, jetstream.ErrBucketNotFound) || errors.Is(err, jetstream.ErrStreamNotFound)
}
