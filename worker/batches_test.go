package worker

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

func batchOf(id string) queue.App { return queue.App{Lane: schema.LaneBatch, ID: "app1", Batch: id} }

func TestBatchesState(t *testing.T) {
	var b batches
	for _, record := range []queue.Batch{
		{ID: "open", AppID: "app1", State: queue.BatchOpen},
		{ID: "paused", AppID: "app1", State: queue.BatchPaused},
		{ID: "cancelled", AppID: "app1", State: queue.BatchCancelled, Cancelled: true},
		{ID: "over", AppID: "app1", State: queue.BatchFinished, Cancelled: true},
		{ID: "done", AppID: "app1", State: queue.BatchFinished},
		{ID: "deleted", AppID: "app1", State: queue.BatchPaused},
		{ID: "deleted"},
		{ID: "theirs", AppID: "app2", State: queue.BatchPaused},
	} {
		b.note(record)
	}
	for id, want := range map[string]queue.BatchState{
		"open": queue.BatchOpen, "paused": queue.BatchPaused, "cancelled": queue.BatchCancelled,
		"over": queue.BatchCancelled, // its sender may have been frozen
		"done": "", "deleted": "", "theirs": "", "never heard of": "", "": "",
	} {
		if got := b.state(batchOf(id)); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
}

func TestBatchesEnding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b batches
		now := time.Now()
		for _, record := range []queue.Batch{
			{ID: "on its way", State: queue.BatchOpen, Rows: 2, Published: 1},
			{ID: "published", State: queue.BatchOpen, Rows: 2, Published: 2},
			{ID: "published and paused", State: queue.BatchPaused, Rows: 2, Published: 2},
			{ID: "cancelled", State: queue.BatchCancelled, Rows: 2, Cancelled: true},
			{ID: "over", State: queue.BatchFinished, Rows: 2, Cancelled: true},
		} {
			record.AppID, record.UpdatedAt = "app1", now
			b.note(record)
		}
		got := map[string]bool{}
		for _, record := range b.ending() {
			got[record.ID] = true
		}
		if want := map[string]bool{"published": true, "published and paused": true, "cancelled": true}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", got, want)
		}
		time.Sleep(queue.BatchAge + time.Second)
		if b.ending(); len(b.known) != 0 {
			t.Errorf("%d records are kept that the bucket has forgotten", len(b.known))
		}
	})
}

// Memory is bounded, and what may not be sent is not sent for it: open batches
// are let go first, and then none is taken for open that is not known.
func TestBatchesAreBounded(t *testing.T) {
	var b batches
	record := func(i int, state queue.BatchState) queue.Batch {
		return queue.Batch{ID: fmt.Sprint("b", i), AppID: "app1", State: state}
	}
	b.note(record(0, queue.BatchOpen))
	for i := 1; i <= maxBatches; i++ {
		b.note(record(i, queue.BatchPaused))
	}
	if len(b.known) != maxBatches || b.state(batchOf("b0")) != "" || b.state(batchOf(fmt.Sprint("b", maxBatches))) != queue.BatchPaused {
		t.Errorf("%d known, the last %q", len(b.known), b.state(batchOf(fmt.Sprint("b", maxBatches))))
	}
	b.note(record(-1, queue.BatchCancelled))
	if got := b.state(batchOf("b-1")); len(b.known) != maxBatches || got != queue.BatchPaused {
		t.Errorf("%d known, the one too many is %q", len(b.known), got)
	}
}
