package queue_test

import (
	"math"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// The rate is that of the last minute, and of this batch.
func TestBatchRate(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		b := r.create(spring(100))
		is := func(want float64) {
			t.Helper()
			if got, err := r.queue.BatchRate(t.Context(), b); err != nil || math.Abs(got-want) > 1e-9 {
				t.Errorf("got %v a second, want %v; %v", got, want, err)
			}
		}
		is(0) // it has just begun
		time.Sleep(10 * time.Second)
		for row := range uint64(30) {
			r.batchResult(row+1, schema.OutcomeSent, "sent")
		}
		r.publishTo(schema.BatchResultSubject("app1", "winter", schema.OutcomeSent, "sent"))
		is(3)
		time.Sleep(50*time.Second + time.Millisecond)
		r.batchResult(31, schema.OutcomeExpired, "expired_in_queue")
		is(31.0 / 60)
		time.Sleep(30 * time.Second)
		is(1.0 / 60)
		stream, err := r.js().Stream(t.Context(), schema.StreamResults)
		if err != nil {
			t.Fatal(err)
		}
		if n := r.consumers(stream); n != 0 {
			t.Errorf("%d consumers are left", n)
		}
		time.Sleep(time.Hour)
		b.State, b.EndedAt = queue.BatchFinished, b.CreatedAt
		is(0)
	})
}

func TestTail(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		subject := schema.JobSubject(schema.LaneBatch, "app1")
		if _, ok, err := r.queue.Tail(t.Context(), subject); ok || err != nil {
			t.Errorf("of none: %v, %v", ok, err)
		}
		r.publish(schema.LaneBatch, job("a"))
		time.Sleep(time.Minute)
		newest := time.Now()
		r.publish(schema.LaneBatch, job("b"))
		r.publishTo(schema.JobSubject(schema.LaneBatch, "app2"))
		h, ok, err := r.queue.Tail(t.Context(), subject)
		if err != nil || !ok || h.Seq != 2 || !h.QueuedAt.Equal(newest) || !h.Expiry.Equal(newest.Add(schema.DefaultTTL)) {
			t.Errorf("got %+v, %v, %v", h, ok, err)
		}
	})
}
