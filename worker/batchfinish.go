package worker

import (
	"context"
	"time"

	"github.com/otpworker/otpworker/worker/queue"
)

const (
	// batchRound is between two looks for batches that have come to their end.
	batchRound = 2 * time.Second
	// cancelQuiet is how long a cancelled batch has no jobs when it is finished:
	// its sender notices within a second.
	cancelQuiet = 5 * time.Second
	// goneQuiet is that of a batch some of whose results are not to be found.
	goneQuiet = time.Minute
)

// finishBatches tells the end of batches, until ctx ends. Each worker does; the
// broker lets one end of a batch in. One that dies between the event and the
// record leaves the record to the next.
func (w *Worker) finishBatches(ctx context.Context) {
	quiet := map[string]time.Time{} // since when a batch has no jobs
	for sleep(ctx, batchRound) == nil {
		ending := w.batches.ending()
		if len(ending) == 0 {
			clear(quiet)
			continue
		}
		look, cancel := context.WithTimeout(ctx, lookTimeout)
		backlog, err := w.queue.Backlog(look)
		cancel()
		if err != nil {
			continue // the look for apps tells of it
		}
		for _, batch := range ending {
			switch since, ok := quiet[batch.ID]; {
			case backlog[batch.App()] > 0:
				delete(quiet, batch.ID)
			case !ok:
				quiet[batch.ID] = time.Now()
				w.finishIfDone(ctx, batch, 0)
			default:
				w.finishIfDone(ctx, batch, time.Since(since))
			}
		}
	}
}

// finishIfDone finishes a batch that has had no jobs for so long, if that is
// long enough.
func (w *Worker) finishIfDone(ctx context.Context, batch queue.Batch, quiet time.Duration) {
	if batch.Cancelled && quiet < cancelQuiet {
		return
	}
	status, err := w.queue.BatchStatus(ctx, batch)
	if err != nil || status.Queued > 0 || status.Gone() > 0 && quiet < goneQuiet {
		return
	}
	first, err := w.queue.FinishBatch(ctx, status)
	switch {
	case err != nil && ctx.Err() == nil:
		w.log.Warn("batch not finished, trying on", "batch_id", batch.ID, keyErr, err)
	case first:
		w.log.Info("batch finished", "batch_id", batch.ID, "app_id", batch.AppID, "rows", batch.Rows, "cancelled", batch.Cancelled)
	}
}
