package queue

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

const (
	// defaultWindow is how many rows may be on their way unless told otherwise.
	defaultWindow = 1024
	// publishPatience is how long a row that is not confirmed is tried again for
	// any reason but a full queue.
	publishPatience = time.Minute
	// publishAgain is the pause between two tries.
	publishAgain = 500 * time.Millisecond
)

// A BatchPublisher puts the jobs of a batch into the queue, row by row, many on
// their way at once. Its job ids are the message ids, so that a row that is
// published twice within ten minutes is stored once. Publish, Skip and Flush are
// for one goroutine, the other methods for any.
type BatchPublisher struct {
	batch   Batch
	js      jetstream.JetStream
	subject string
	next    uint64

	room    chan struct{}
	sent    chan sentRow
	done    chan struct{}
	failed  chan struct{}
	closing sync.Once

	mu        sync.Mutex
	tailEnd   uint64 // the last row that an earlier sender has queued
	confirmed uint64
	highest   uint64   // of the sequences that are confirmed
	floors    []uint64 // of the rows on their way, in order
	trouble   error
	err       error
}

// A sentRow is a row on its way, or one to skip.
type sentRow struct {
	row    uint64
	data   []byte
	header nats.Header // the trace context
	future jetstream.PubAckFuture
	err    error // of the publish itself
	skip   bool
}

// NewBatchPublisher publishes the rows of b that come after b.Published, with up
// to window of them on their way; 0 is 1,024. The end of ctx ends its tries to
// publish anew. Close it.
func (q *Queue) NewBatchPublisher(ctx context.Context, b Batch, window int) (*BatchPublisher, error) {
	if err := b.validate(); err != nil {
		return nil, fmt.Errorf("publish batch: %w", err)
	}
	if window <= 0 {
		window = defaultWindow
	}
	js, err := q.openJetStream(jetstream.WithPublishAsyncMaxPending(window+1), jetstream.WithPublishAsyncTimeout(publishTimeout))
	if err != nil {
		return nil, fmt.Errorf("publish batch %s: %w", b.ID, err)
	}
	p := &BatchPublisher{
		batch: b, js: js, next: b.Published + 1,
		subject:   schema.BatchJobSubject(b.AppID, b.ID),
		room:      make(chan struct{}, window),
		sent:      make(chan sentRow, window),
		done:      make(chan struct{}),
		failed:    make(chan struct{}),
		confirmed: b.Published, highest: b.LastSeq,
	}
	go p.collect(ctx)
	return p, nil
}

// Publish sends the job of the next row and returns when there is room for
// another one: see Confirmed for what the queue has. The job's app and batch are
// the batch's, its id is that of the row, [schema.BatchJobID]. Errors:
// [schema.Faults] for a job that is not valid; the error of an earlier row that
// could not be published: the rows from that one on may be queued or not.
func (p *BatchPublisher) Publish(ctx context.Context, job schema.Job) error {
	row, ok := schema.BatchRow(p.batch.ID, job.ID)
	if !ok || row != p.next || job.BatchID != p.batch.ID || job.AppID != p.batch.AppID {
		return fmt.Errorf("publish batch %s: job %q is not that of row %d", p.batch.ID, job.ID, p.next)
	}
	data, err := job.Encode()
	if err != nil {
		return err
	}
	if err := p.enter(ctx); err != nil {
		return err
	}
	s := sentRow{row: row, data: data, header: traced(ctx, nil)}
	s.future, s.err = p.js.PublishMsgAsync(&nats.Msg{Subject: p.subject, Data: data, Header: s.header},
		jetstream.WithMsgID(job.ID), jetstream.WithExpectStream(schema.StreamJobs))
	p.sent <- s
	return nil
}

// Skip counts the next row as published: it is in the queue already, or has its
// result. See [Queue.BatchTail].
func (p *BatchPublisher) Skip(ctx context.Context) error {
	row := p.next
	if err := p.enter(ctx); err != nil {
		return err
	}
	p.sent <- sentRow{row: row, skip: true}
	return nil
}

// After names the rows that an earlier sender has queued beyond b.Published, as
// [Queue.BatchTail] returns them: they have lower sequences than what is
// published now, and Confirmed stays behind them until they are passed.
func (p *BatchPublisher) After(tail map[string]bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id := range tail {
		if row, ok := schema.BatchRow(p.batch.ID, id); ok {
			p.tailEnd = max(p.tailEnd, row)
		}
	}
}

// enter waits for room.
func (p *BatchPublisher) enter(ctx context.Context) error {
	select {
	case <-p.failed:
		return p.Err()
	default:
	}
	select {
	case p.room <- struct{}{}:
	case <-p.failed:
		return p.Err()
	case <-ctx.Done():
		return fmt.Errorf("publish batch %s: %w", p.batch.ID, context.Cause(ctx))
	}
	p.next++
	p.mu.Lock()
	defer p.mu.Unlock()
	// Whatever is sent from here on gets a later sequence.
	p.floors = append(p.floors, p.highest)
	return nil
}

// Confirmed returns how many rows the queue has, without a gap from the first
// one on, and a sequence of the job stream that all later rows come after.
func (p *BatchPublisher) Confirmed() (rows, lastSeq uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.confirmed < p.tailEnd:
		return p.confirmed, p.batch.LastSeq
	case len(p.floors) > 0:
		return p.confirmed, p.floors[0]
	}
	return p.confirmed, p.highest
}

// Trouble is why the oldest row on its way has to be tried again, such as
// [ErrQueueFull]; nil if it has not.
func (p *BatchPublisher) Trouble() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.trouble
}

// Err is why no more rows are published; nil while they are.
func (p *BatchPublisher) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Flush waits until the queue has every row that was given to Publish.
func (p *BatchPublisher) Flush(ctx context.Context) error {
	for taken := range cap(p.room) {
		select {
		case p.room <- struct{}{}:
			continue
		case <-p.failed:
		case <-ctx.Done():
		}
		p.leave(taken)
		if err := p.Err(); err != nil {
			return err
		}
		return fmt.Errorf("publish batch %s: %w", p.batch.ID, context.Cause(ctx))
	}
	p.leave(cap(p.room))
	return nil
}

func (p *BatchPublisher) leave(n int) {
	for range n {
		<-p.room
	}
}

// Close waits for the answers that are out, which is five seconds at most, and
// ends the publisher. A subscription of it ends with the connection only: the
// library's clean-up leaves a goroutine behind for ever if it has only just been
// started (nats.go 1.55, resetPendingAcksOnReconnect).
func (p *BatchPublisher) Close() {
	p.closing.Do(func() { close(p.sent) })
	<-p.done
}
