package batchfile

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/otpworker/otpworker/worker/queue"
)

const (
	// The record is written after so many rows, or so long.
	checkpointRows  = 2_000
	checkpointEvery = time.Second
	// checkpointAhead bounds what the record may lag behind: a sender that goes on
	// has to look for all of it.
	checkpointAhead = 15_000
	// lookEvery is how often the batch is counted, lookOften while the sender
	// waits for room.
	lookEvery = 500 * time.Millisecond
	lookOften = 100 * time.Millisecond
	// keepPatience is how long the queue may not answer.
	keepPatience = time.Minute
)

// A keeper writes down how far the sender has come, and tells it what others have
// done with the batch.
type keeper struct {
	queue   *queue.Queue
	pub     *queue.BatchPublisher
	nonce   string
	ahead   uint64
	observe func(Progress)
	looked  time.Time
	written time.Time

	mu       sync.Mutex
	batch    queue.Batch
	answered uint64
	waiting  bool          // for room in the queue
	changed  chan struct{} // closed with each news
	kick     chan struct{}
}

func newKeeper(q *queue.Queue, b queue.Batch, pub *queue.BatchPublisher, o SendOptions) *keeper {
	return &keeper{
		queue: q, pub: pub, nonce: b.Sender, ahead: uint64(max(o.Ahead, 0)), observe: o.Observe,
		batch: b, changed: make(chan struct{}), kick: make(chan struct{}, 1),
	}
}

// run ends with ctx, or with what ends the sending.
func (k *keeper) run(ctx context.Context) error {
	tick := time.NewTicker(lookOften)
	defer tick.Stop()
	answered := time.Now()
	for {
		err := k.keep(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, ErrTakenOver), errors.Is(err, ErrCancelled), errors.Is(err, queue.ErrNoBatch):
			return err
		case err == nil:
			answered = time.Now()
		case time.Since(answered) > keepPatience:
			return err
		}
		if err := k.pub.Err(); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-k.kick:
		case <-ctx.Done():
			return nil
		}
	}
}

// keep does what is due.
func (k *keeper) keep(ctx context.Context) error {
	rows, _ := k.pub.Confirmed()
	k.mu.Lock()
	batch, waiting := k.batch, k.waiting
	k.mu.Unlock()
	now := time.Now()
	if rows >= batch.Published+checkpointRows || rows > batch.Published && now.Sub(k.written) >= checkpointEvery {
		if err := k.checkpoint(ctx); err != nil {
			return err
		}
		k.written = now
	}
	if since := now.Sub(k.looked); since < lookOften || since < lookEvery && !waiting {
		return nil
	}
	k.looked = now
	return k.look(ctx)
}

// checkpoint writes down the rows that the queue has confirmed.
func (k *keeper) checkpoint(ctx context.Context) error {
	b, err := k.queue.ChangeBatch(ctx, k.batch.ID, func(b *queue.Batch) error {
		if b.Sender != k.nonce {
			return ErrTakenOver
		}
		if b.State != queue.BatchFinished {
			b.Published, b.LastSeq = k.pub.Confirmed()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return k.note(b)
}

// look counts the batch.
func (k *keeper) look(ctx context.Context) error {
	b, err := k.queue.Batch(ctx, k.batch.ID)
	if err != nil {
		return err
	}
	if err := k.note(b); err != nil {
		return err
	}
	status, err := k.queue.BatchStatus(ctx, b)
	if err != nil {
		return err
	}
	k.mu.Lock()
	k.answered = status.Answered()
	k.tell()
	k.mu.Unlock()
	if k.observe != nil {
		k.observe(Progress{status, k.pub.Trouble()})
	}
	return nil
}

// note takes in a record.
func (k *keeper) note(b queue.Batch) error {
	switch {
	case b.Sender != k.nonce:
		return ErrTakenOver
	case b.Cancelled:
		return ErrCancelled
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if b.Revision >= k.batch.Revision {
		k.batch = b
		k.tell()
	}
	return nil
}

func (k *keeper) tell() {
	close(k.changed)
	k.changed = make(chan struct{})
}

// last is the checkpoint at the end, whatever that was.
func (k *keeper) last(ctx context.Context, end error) error {
	if errors.Is(end, ErrTakenOver) || errors.Is(end, queue.ErrNoBatch) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords/2)
	defer cancel()
	err := k.checkpoint(ctx)
	if err != nil && !errors.Is(err, ErrTakenOver) && !errors.Is(err, ErrCancelled) {
		return fmt.Errorf("note how far it came: %w", err)
	}
	if end == nil {
		return err
	}
	return nil
}
