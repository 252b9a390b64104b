package queue_test

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

func withCancel(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithCancel(context.WithoutCancel(t.Context()))
}

// batchResult stores the result of a row of the batch spring.
func (r *rig) batchResult(row uint64, o schema.Outcome, reason string) {
	r.t.Helper()
	id := schema.BatchJobID("spring", row)
	result := schema.Result{
		ID: schema.ResultID(id), JobID: id, AppID: "app1", Lane: schema.LaneBatch, BatchID: "spring",
		Outcome: o, Reason: reason, CompletedAt: time.Now(),
	}
	if err := r.queue.PublishBatchResult(r.t.Context(), "spring", result); err != nil {
		r.t.Fatal(err)
	}
}

// adds fails the test unless a status adds up.
func adds(t *testing.T, s queue.BatchStatus) {
	t.Helper()
	var answered, byReason uint64
	for _, n := range s.Counts {
		answered += n
	}
	for _, reasons := range s.Reasons {
		for _, n := range reasons {
			byReason += n
		}
	}
	if s.Rows+s.Repeats != s.Unpublished+s.Waiting+answered || answered != byReason {
		t.Errorf("%d rows and %d repeats are not %d unpublished, %d waiting and %v (%v)", s.Rows, s.Repeats, s.Unpublished, s.Waiting, s.Counts, s.Reasons)
	}
}

func TestBatchStatus(t *testing.T) {
	type counts = schema.Counts
	for name, c := range map[string]struct {
		published, queued, sent, expired uint64
		want                             counts
		waiting, unpublished, repeats    uint64
	}{
		"nothing yet":                {0, 0, 0, 0, counts{}, 0, 10, 0},
		"queued, no checkpoint yet":  {0, 4, 0, 0, counts{}, 4, 6, 0},
		"all queued":                 {10, 10, 0, 0, counts{}, 10, 0, 0},
		"on its way":                 {6, 3, 2, 1, counts{"sent": 2, "expired": 1}, 3, 4, 0},
		"more than the checkpoint":   {2, 3, 2, 1, counts{"sent": 2, "expired": 1}, 3, 4, 0},
		"counted in both":            {10, 4, 7, 0, counts{"sent": 7}, 3, 0, 0},
		"all answered":               {10, 0, 8, 2, counts{"sent": 8, "expired": 2}, 0, 0, 0},
		"a result is gone":           {10, 1, 6, 1, counts{"sent": 6, "expired": 1, "unknown": 2}, 1, 0, 0},
		"a result that stands twice": {10, 0, 9, 2, counts{"sent": 9, "expired": 2}, 0, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			provisioned(t, func(t *testing.T, r *rig) {
				b := spring(10)
				b.Published = c.published
				b = r.create(b)
				for range c.queued {
					r.publishTo(schema.BatchJobSubject("app1", "spring"))
				}
				for row := range c.sent + c.expired {
					if row < c.sent {
						r.batchResult(row+1, schema.OutcomeSent, "sent")
					} else {
						r.batchResult(row+1, schema.OutcomeExpired, fmt.Sprint("reason_", row))
					}
				}
				// Not the batch's: a label, and another app's.
				r.publishTo(schema.JobSubject(schema.LaneBatch, "app1"), schema.BatchJobSubject("app2", "spring"))
				s, err := r.queue.BatchStatus(t.Context(), b)
				if err != nil {
					t.Fatal(err)
				}
				adds(t, s)
				if !maps.Equal(s.Counts, c.want) || s.Waiting != c.waiting || s.Unpublished != c.unpublished || s.Repeats != c.repeats || s.Queued != c.queued {
					t.Errorf("got %+v", s)
				}
				if gone := c.want[schema.OutcomeUnknown]; s.Gone() != gone || s.Answered() != c.sent+c.expired+gone-c.repeats {
					t.Errorf("%d gone, %d answered", s.Gone(), s.Answered())
				}
			})
		})
	}
}

// Three who find a batch at its end at once tell it once.
func TestFinishBatch(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		b := spring(2)
		b.Published = 2
		b = r.create(b)
		r.batchResult(1, schema.OutcomeSent, "sent")
		r.batchResult(2, schema.OutcomeRejected, "phone_limit")
		s, err := r.queue.BatchStatus(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		end := time.Now().UTC()
		var all sync.WaitGroup
		firsts := make(chan bool, 3)
		for range 3 {
			all.Go(func() {
				first, err := r.queue.FinishBatch(t.Context(), s)
				if err != nil {
					t.Error(err)
				}
				firsts <- first
			})
		}
		all.Wait()
		n := 0
		for range 3 {
			if <-firsts {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d were first", n)
		}
		events := r.events()
		want := schema.BatchFinished{
			BatchID: "spring", AppID: "app1", Rows: 2, Published: 2,
			Counts:    schema.Counts{"sent": 1, "rejected": 1},
			Reasons:   schema.Reasons{"sent": {"sent": 1}, "rejected": {"phone_limit": 1}},
			StartedAt: b.CreatedAt, FinishedAt: end,
		}
		if len(events) != 1 || fmt.Sprint(events[0]) != fmt.Sprint(want) || events[0].Validate() != nil {
			t.Errorf("got %+v, want %+v", events, want)
		}
		found, err := r.queue.Batch(t.Context(), "spring")
		if err != nil || found.State != queue.BatchFinished || !found.EndedAt.Equal(end) {
			t.Errorf("got %+v, %v", found, err)
		}
		// The counts stay when the results go.
		r.purge(schema.StreamResults)
		if s, err = r.queue.BatchStatus(t.Context(), found); err != nil || s.Counts["sent"] != 1 || s.Reasons["rejected"]["phone_limit"] != 1 {
			t.Errorf("afterwards %+v, %v", s, err)
		}
		adds(t, s)
	})
}

// The event stands and the record does not say so: whoever comes next writes it,
// and tells nothing again.
func TestFinishBatchAfterACrash(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		b := spring(1)
		b.Published = 1
		b = r.create(b)
		r.batchResult(1, schema.OutcomeSent, "sent")
		if _, err := r.js().Publish(t.Context(), schema.BatchEventSubject("app1", "spring"), []byte("{}")); err != nil {
			t.Fatal(err)
		}
		s, err := r.queue.BatchStatus(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		if first, err := r.queue.FinishBatch(t.Context(), s); first || err != nil {
			t.Errorf("first %v, %v", first, err)
		}
		if b, err = r.queue.Batch(t.Context(), "spring"); err != nil || b.State != queue.BatchFinished || len(r.events()) != 1 {
			t.Errorf("is %s with %d events, %v", b.State, len(r.events()), err)
		}
	})
}

// A batch of the same name that was made meanwhile is not finished.
func TestFinishBatchMadeAnew(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		b := r.create(spring(1))
		s, err := r.queue.BatchStatus(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		kv, err := r.js().KeyValue(t.Context(), schema.BucketBatches)
		if err != nil {
			t.Fatal(err)
		}
		if err := kv.Delete(t.Context(), "spring"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		r.create(spring(1))
		if _, err := r.queue.FinishBatch(t.Context(), s); err != nil {
			t.Error(err)
		}
		if b, err = r.queue.Batch(t.Context(), "spring"); err != nil || b.State != queue.BatchOpen {
			t.Errorf("is %s, %v", b.State, err)
		}
	})
}

func (r *rig) purge(name string) {
	r.t.Helper()
	stream, err := r.js().Stream(r.t.Context(), name)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := stream.Purge(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// events are the ends of batches that stand in the stream.
func (r *rig) events() (events []schema.BatchFinished) {
	r.t.Helper()
	stream, err := r.js().Stream(r.t.Context(), schema.StreamResults)
	if err != nil {
		r.t.Fatal(err)
	}
	for seq := uint64(1); ; {
		msg, err := stream.GetMsg(r.t.Context(), seq, jetstream.WithGetMsgSubject(schema.EventSubjects))
		if err != nil {
			return events
		}
		event, err := schema.DecodeBatchFinished(msg.Data)
		if err != nil {
			r.t.Fatal(err)
		}
		events = append(events, event)
		seq = msg.Sequence + 1
	}
}
