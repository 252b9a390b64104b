package worker

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

const (
	// newestTime bounds what a job spends on finding out whether it is the newest
	// for its number; half of what its lease has beside a call if that is less.
	newestTime  = time.Second
	newestLeast = 50 * time.Millisecond
	// freshFor is how long what was found out holds without another look: a newer
	// job that came since might as well have come that much later.
	freshFor = 50 * time.Millisecond
	// listTries bounds the tries to be listed beside other jobs for the same number,
	// listPause what lies between two.
	listTries = 5
	listPause = 20 * time.Millisecond
)

// supersede lists a job as the newest for its number, unless there is a newer one:
// then it ends here. Jobs that were pulled together are all listed before any of
// them goes on.
//
// Failure policy: without the bucket a job goes on. A code that is sent beside a
// newer one confuses; one that is not sent at all locks somebody out.
func (w *Worker) supersede(ctx context.Context, d *delivery) (next decision, over bool) {
	defer d.seat.leave()
	patience, may := w.mayBeOld(d)
	if !may {
		return decision{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	key := w.newest.key(d.job)
	next, over, err := w.list(ctx, d, key, d.count > 1 || !d.listedAt.IsZero())
	w.newest.heard(ctx, err)
	if err != nil || over {
		return next, over
	}
	d.listedAt = time.Now()
	if newer := d.seat.last(ctx, key, d.asListed()); d.behind(newer) {
		return d.superseded(), true
	}
	return decision{}, false
}

// overtaken looks once more, right before the claim: the job may have waited for
// the provider or for the rate.
func (w *Worker) overtaken(ctx context.Context, d *delivery) bool {
	patience, may := w.mayBeOld(d)
	if !may || time.Since(d.listedAt) < freshFor {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found, err := w.newest.get(ctx, w.newest.key(d.job))
	w.newest.heard(ctx, err)
	return err == nil && d.behind(found)
}

// mayBeOld says whether it makes sense to find out if there is a newer job, and how
// long that may take.
func (w *Worker) mayBeOld(d *delivery) (patience time.Duration, may bool) {
	if w.newest == nil || d.mayBeSent() {
		return 0, false
	}
	patience = min(newestTime, (time.Until(d.lease)-w.cfg.CallTimeout)/2)
	return patience, patience >= newestLeast && w.newest.may()
}

// list writes a job over an older one, or over none. look has it read first: most
// numbers have no entry, and a first write finds that out by itself.
func (w *Worker) list(ctx context.Context, d *delivery, key string, look bool) (next decision, over bool, err error) {
	mine := d.asListed()
	for try := range listTries {
		if try > 1 {
			_ = sleep(ctx, rand.N(listPause)) // the next question tells of its end
		}
		if look {
			found, err := w.newest.get(ctx, key)
			if err != nil || found.JobID == d.job.ID {
				return decision{}, false, err // a job that was queued twice is still one
			}
			if next, over := w.yields(ctx, d, found); over {
				return next, true, nil
			}
			mine.Revision = found.Revision
		}
		if err := w.newest.put(ctx, key, mine); !errors.Is(err, queue.ErrChanged) {
			return decision{}, false, err
		}
		look = true
	}
	return decision{}, false, nil // others are at it: one of them is listed
}

// yields says what becomes of a job beside another one's entry, if it may not be
// written over. A repeat of a job that has its result shall not cancel those that
// came after it.
func (w *Worker) yields(ctx context.Context, d *delivery, found queue.Listed) (next decision, over bool) {
	if d.behind(found) {
		return d.superseded(), true
	}
	if found.Seq == 0 || d.count > 1 || w.ledger == nil {
		return decision{}, false
	}
	next, _ = w.recall(ctx, d, "")
	return next, next.do != retry || d.open
}

// mayBeSent says that a job may not be called superseded: an attempt is open, or
// the provider knows its order id and does not show it.
func (d *delivery) mayBeSent() bool { return d.open || d.entry.Reason == reasonDataExists }

// behind says that a listed job is newer than this one. It was listed after it was
// queued, and so after this one was: an entry from before is from another life of
// the stream, whose numbers mean nothing now.
func (d *delivery) behind(l queue.Listed) bool {
	return l.Seq > d.seq && l.JobID != d.job.ID && !l.At.Add(skewAllowance).Before(d.queuedAt)
}

func (d *delivery) asListed() queue.Listed { return queue.Listed{Seq: d.seq, JobID: d.job.ID} }

func (d *delivery) superseded() decision {
	return decision{do: conclude, outcome: schema.OutcomeExpired, reason: ReasonSuperseded, status: d.entry.Status}
}
