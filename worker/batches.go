package worker

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/otpworker/otpworker/worker/queue"
)

// maxBatches bounds the batches that a worker knows at once.
const maxBatches = 10_000

// batches is what a worker knows of the batches that are not finished. Of those
// that are, it knows the cancelled ones: a sender that was frozen may still put
// rows of them into the queue.
type batches struct {
	// ready: the records were read. No batch's job is taken before.
	ready atomic.Bool

	mu    sync.RWMutex
	known map[string]queue.Batch
	// crowded: there was no room for one, so that any may be paused.
	crowded bool
}

// state is where a batch stands; empty for one without a record and for an app's
// plain jobs.
func (b *batches) state(app queue.App) queue.BatchState {
	if app.Batch == "" {
		return ""
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	record, ok := b.known[app.Batch]
	switch {
	case !ok && b.crowded:
		return queue.BatchPaused
	case record.AppID != app.ID:
		return ""
	case record.Cancelled:
		return queue.BatchCancelled
	}
	return record.State
}

// note takes over a record as it is now.
func (b *batches) note(record queue.Batch) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch _, ok := b.known[record.ID]; {
	case record.AppID == "", record.State == queue.BatchFinished && !record.Cancelled:
		delete(b.known, record.ID)
	case ok || b.makeRoom():
		b.known[record.ID] = record
	default:
		b.crowded = true
	}
}

// makeRoom lets an open batch go: it is sent without being known. mu is held.
func (b *batches) makeRoom() bool {
	if b.known == nil {
		b.known = map[string]queue.Batch{}
	}
	if len(b.known) < maxBatches {
		return true
	}
	for id, record := range b.known {
		if record.State == queue.BatchOpen {
			delete(b.known, id)
			return true
		}
	}
	return false
}

// ending are the batches that no more rows come to, and that are not finished.
// Records that the bucket has forgotten are forgotten too.
func (b *batches) ending() (ending []queue.Batch) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, record := range b.known {
		switch {
		case time.Since(record.UpdatedAt) > queue.BatchAge:
			delete(b.known, id)
		case record.State != queue.BatchFinished && (record.Cancelled || record.Published >= record.Rows):
			ending = append(ending, record)
		}
	}
	return ending
}
