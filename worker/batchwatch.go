package worker

import (
	"context"
	"time"

	"github.com/otpworker/otpworker/worker/queue"
)

// learnPause is between two tries to read the batches.
const learnPause = time.Second

// followBatches keeps what is known of the batches as the bucket has it, until
// ctx ends. A worker that may not read them takes no job of a batch: it could be
// one that is paused.
func (w *Worker) followBatches(ctx context.Context) {
	for told := false; !w.batches.ready.Load(); {
		all, err := w.queue.Batches(ctx)
		if err == nil || queue.NoBatches(err) {
			for _, record := range all {
				w.batches.note(record)
			}
			w.batches.ready.Store(true)
			break
		}
		if ctx.Err() == nil && !told {
			told = true
			w.log.Warn("batches not read, their jobs wait", keyErr, err)
		}
		if sleep(ctx, learnPause) != nil {
			return
		}
	}
	_ = w.queue.WatchBatches(ctx, w.batches.note)
}

// mayNot is why a job's batch is not sent now: paused, cancelled or neither.
func (w *Worker) mayNot(d *delivery) queue.BatchState {
	if d.batch == "" {
		return ""
	}
	return w.batches.state(queue.App{Lane: d.lane, ID: d.job.AppID, Batch: d.batch})
}

// batchHold is how long a job of a paused batch is put aside: after the batch
// goes on it is back that soon.
const batchHold = 5 * time.Second

// keep puts a job of a paused batch aside, its expiry at the latest.
func (d *delivery) keep(now time.Time) decision {
	d.kept.Add(1)
	delay := max(nakFloor, min(batchHold, d.expiresAt.Sub(now)))
	return decision{do: hold, delay: delay, reason: reasonBatchPaused, status: d.entry.Status}
}
