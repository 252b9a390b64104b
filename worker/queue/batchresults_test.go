package queue_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

func TestFollowBatch(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		var got []string
		each := func(result schema.Result) error {
			got = append(got, result.JobID)
			return nil
		}
		if err := r.queue.FollowBatch(t.Context(), "app1", "spring", each); err != nil || got != nil {
			t.Errorf("nothing yet: %v, %v", got, err)
		}
		for n := range uint64(4) {
			r.batchResult(n+1, schema.OutcomeSent, "sent")
		}
		if _, err := r.js().Publish(t.Context(), schema.BatchResultSubject("app1", "spring", schema.OutcomeSent, "sent"), []byte("{")); err != nil {
			t.Fatal(err)
		}
		if err := r.queue.PublishBatchResult(t.Context(), "summer", schema.Result{ID: "res-x", JobID: "x", AppID: "app1"}); err != nil {
			t.Fatal(err)
		}
		if err := r.queue.FollowBatch(t.Context(), "app1", "spring", each); err != nil || fmt.Sprint(got) != "[spring-1 spring-2 spring-3 spring-4]" {
			t.Errorf("got %v, %v", got, err)
		}
		enough := errors.New("enough")
		if err := r.queue.FollowBatch(t.Context(), "app1", "spring", func(schema.Result) error { return enough }); !errors.Is(err, enough) {
			t.Errorf("got %v", err)
		}
	})
}

// Whoever follows all results sees those of batches and no events, whether the
// event is in the middle or the last.
func TestResultsBesideEvents(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		event := func(id string) {
			if _, err := r.js().Publish(t.Context(), schema.BatchEventSubject("app1", id), []byte("{}")); err != nil {
				t.Fatal(err)
			}
		}
		event("b1")
		r.batchResult(1, schema.OutcomeSent, "sent")
		event("b2")
		if err := r.queue.PublishResult(t.Context(), schema.Result{ID: "res-j1", JobID: "j1", AppID: "app2", Lane: schema.LaneInteractive}); err != nil {
			t.Fatal(err)
		}
		event("b3")
		var got []string
		start := time.Now()
		for result, err := range r.queue.Results(t.Context(), queue.Follow{Once: true}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, result.JobID)
		}
		took(t, start, 0)
		if fmt.Sprint(got) != "[spring-1 j1]" {
			t.Errorf("got %v", got)
		}
		if apps, err := r.queue.Apps(t.Context()); err != nil || fmt.Sprint(apps) != "[app1 app2]" {
			t.Errorf("apps %v, %v", apps, err)
		}
	})
}

func TestHead(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		subject := schema.BatchJobSubject("app1", "spring")
		if _, ok, err := r.queue.Head(t.Context(), subject); ok || err != nil {
			t.Errorf("none: %v, %v", ok, err)
		}
		r.publish(schema.LaneBatch, job("j1"))
		r.publishRow(1)
		queuedAt := time.Now()
		time.Sleep(time.Minute)
		r.publishRow(2)
		h, ok, err := r.queue.Head(t.Context(), subject)
		if err != nil || !ok || h.Seq != 2 || !h.QueuedAt.Equal(queuedAt) || !h.Expiry.Equal(queuedAt.Add(schema.DefaultTTL)) {
			t.Errorf("got %+v, %v, %v", h, ok, err)
		}
		// One that cannot be read has no time to wait for.
		r.publishTo(schema.BatchJobSubject("app1", "other"))
		if h, _, err = r.queue.Head(t.Context(), schema.BatchJobSubject("app1", "other")); err != nil || h.Expiry.After(time.Now()) {
			t.Errorf("got %+v, %v", h, err)
		}
	})
}

// No two places share a consumer, whatever their names.
func TestConsumersOfBatches(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		places := []queue.App{
			{Lane: schema.LaneBatch, ID: "app1"},
			{Lane: schema.LaneBatch, ID: "app1", Batch: "x-b"},
			{Lane: schema.LaneBatch, ID: "app1-x", Batch: "b"},
			{Lane: schema.LaneBatch, ID: "app1-x-b"},
		}
		for _, place := range places {
			r.publishTo(place.Subject())
		}
		for _, place := range places {
			c, err := r.queue.Consumer(t.Context(), place)
			if err != nil {
				t.Fatal(err)
			}
			msgs, err := c.Poll(10)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for msg := range msgs.Messages() {
				got = append(got, msg.Subject())
			}
			if len(got) != 1 || got[0] != place.Subject() {
				t.Errorf("%+v takes %v", place, got)
			}
		}
	})
}
