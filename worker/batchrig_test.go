package worker_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// A desk is a provider that takes each send, after a while, and keeps account of
// them by order id.
type desk struct {
	latency time.Duration
	// lose has the answer of an accepted send lost, refuse is another answer.
	lose   func(orderID string) bool
	refuse func(orderID string) error

	mu    sync.Mutex
	taken map[string]int
	calls int
}

func (p *desk) SendRule(ctx context.Context, req client.SendRuleRequest) (client.SendRuleResponse, error) {
	p.mu.Lock()
	p.calls++
	p.mu.Unlock()
	time.Sleep(p.latency)
	if p.refuse != nil {
		if err := p.refuse(req.OrderID); err != nil {
			return client.SendRuleResponse{}, err
		}
	}
	p.mu.Lock()
	if p.taken == nil {
		p.taken = map[string]int{}
	}
	p.taken[req.OrderID]++
	p.mu.Unlock()
	if p.lose != nil && p.lose(req.OrderID) {
		<-ctx.Done()
		return client.SendRuleResponse{}, &client.UnknownError{Op: "sendRule", Err: errors.New("answer lost")}
	}
	return client.SendRuleResponse{VerificationID: "1"}, nil
}

func (p *desk) RecordByOrderID(_ context.Context, req client.RecordByOrderIDRequest) (client.Record, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return client.Record{Found: p.taken[req.OrderID] > 0}, nil
}

// sent counts the sends taken, and the most of one order.
func (p *desk) sent() (all, most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range p.taken {
		all, most = all+n, max(most, n)
	}
	return all, most
}

func (p *desk) called() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

// rowOf is the job of a row of a batch.
func rowOf(b queue.Batch, n uint64) schema.Job {
	j := job(schema.BatchJobID(b.ID, n), goodNumber)
	j.AppID, j.BatchID = b.AppID, b.ID
	return j
}

// fill makes a batch and queues all its rows.
func (r *rig) fill(id, appID string, rows uint64, change func(*schema.Job)) queue.Batch {
	r.t.Helper()
	b, err := r.queue.CreateBatch(r.t.Context(), queue.Batch{ID: id, AppID: appID, Rows: rows})
	if err != nil {
		r.t.Fatal(err)
	}
	r.publishRows(b, rows, change)
	b, err = r.queue.ChangeBatch(r.t.Context(), id, func(b *queue.Batch) error {
		b.Published = rows
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

func (r *rig) publishRows(b queue.Batch, rows uint64, change func(*schema.Job)) {
	r.t.Helper()
	p, err := r.queue.NewBatchPublisher(r.t.Context(), b, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	defer p.Close()
	for n := range rows {
		j := rowOf(b, b.Published+n+1)
		if change != nil {
			change(&j)
		}
		if err := p.Publish(r.t.Context(), j); err != nil {
			r.t.Fatal(err)
		}
	}
	if err := p.Flush(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) move(id string, to queue.BatchState) {
	r.t.Helper()
	if _, err := r.queue.ChangeBatch(r.t.Context(), id, func(b *queue.Batch) error { return b.Move(to) }); err != nil {
		r.t.Fatal(err)
	}
}

// status counts a batch and fails the test unless it adds up.
func (r *rig) status(id string) queue.BatchStatus {
	r.t.Helper()
	b, err := r.queue.Batch(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	s, err := r.queue.BatchStatus(r.t.Context(), b)
	if err != nil {
		r.t.Fatal(err)
	}
	answered := uint64(0)
	for _, n := range s.Counts {
		answered += n
	}
	if s.Rows+s.Repeats != s.Unpublished+s.Waiting+answered {
		r.t.Errorf("%d rows and %d repeats are not %d unpublished, %d waiting and %v", s.Rows, s.Repeats, s.Unpublished, s.Waiting, s.Counts)
	}
	return s
}

// finished waits until a batch is finished, looking at its status meanwhile.
func (r *rig) finished(id string, limit time.Duration) queue.BatchStatus {
	r.t.Helper()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if s := r.status(id); s.State == queue.BatchFinished {
			return s
		}
	}
	s := r.status(id)
	r.t.Fatalf("not finished after %s: %+v", limit, s)
	return s
}

// ends are the ends of batches that the stream holds.
func (r *rig) ends() (all []schema.BatchFinished) {
	r.t.Helper()
	nc := r.raw()
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		r.t.Fatal(err)
	}
	stream, err := js.Stream(r.t.Context(), schema.StreamResults)
	if err != nil {
		r.t.Fatal(err)
	}
	for seq := uint64(1); ; seq++ {
		msg, err := stream.GetMsg(r.t.Context(), seq, jetstream.WithGetMsgSubject(schema.EventSubjects))
		if err != nil {
			return all
		}
		event, err := schema.DecodeBatchFinished(msg.Data)
		if err != nil || event.Validate() != nil {
			r.t.Fatalf("%s: %v, %v", msg.Data, err, event.Validate())
		}
		all, seq = append(all, event), msg.Sequence
	}
}

// takenOf counts the deliveries of a batch's jobs.
func (r *rig) takenOf(id string) (n int) {
	for _, e := range r.seen(worker.KindTaken, "") {
		if _, ok := schema.BatchRow(id, e.JobID); ok {
			n++
		}
	}
	return n
}

// startMore runs n more workers beside the rig's.
func (r *rig) startMore(n int, p worker.Provider) (stop func()) {
	stops := make([]func(), n)
	for i := range stops {
		stops[i] = r.startSecond(p)
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
	}
}
