package worker

import (
	"context"
	"errors"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

const (
	// settleTime bounds publishing a result and settling its delivery; it is
	// long enough for the broker to elect a new leader.
	settleTime = 30 * time.Second
	// settleLeast is what settling has after a call that took all of the lease.
	settleLeast = 2 * time.Second
	// ackTry bounds one try to have an ack confirmed.
	ackTry = 5 * time.Second
	// nakFloor keeps a job that is given back from coming back in a hot loop.
	nakFloor = 250 * time.Millisecond
)

// settle ends a delivery: it is acknowledged after its result was confirmed, or
// given back with the delay that was decided, or left alone. Only this file
// acknowledges, naks or discards.
func (w *Worker) settle(d *delivery, next decision) {
	d.place.settle()
	d.settled = next.do.String()
	// Not beyond the lease: the next delivery goes on then.
	now := time.Now()
	until := earliest(now.Add(settleTime), d.lease)
	ctx, limited := queue.Until(w.settling, latest(until, now.Add(settleLeast)))
	defer limited.Release()
	switch next.do {
	case conclude:
		w.conclude(ctx, d, w.result(d, next))
	case silent:
		w.ended(d)
		w.notOurs(d)
	default:
		w.aside(ctx, d, next)
	}
}

// conclude publishes the result and only then acknowledges the job.
func (w *Worker) conclude(ctx context.Context, d *delivery, r schema.Result) {
	if !w.final(ctx, d, r) {
		return
	}
	if err := w.publish(ctx, d, r); err != nil {
		w.logOf(d).Error("result not confirmed, job stays in the queue", keyJob, d.job.ID, keyErr, err)
		w.remember(d, r, false) // what the provider answered is not to be had again
		w.ended(d)
		w.giveBack(d, nakFloor)
		return
	}
	if !d.told() {
		w.emit(d.event(Event{Kind: KindResult, Result: r}))
	}
	w.remember(d, r, true)
	w.acknowledge(ctx, d)
}

// final has the ledger told first of a result that says "not sent": nobody could
// ask the provider for it again, and a stale delivery must not say it. That goes
// for a job too that expires before the ledger seems to know it (a read may be
// stale, only a write decides), and for a "sent" that comes after the lease:
// another worker may have asked, and reported it long ago.
func (w *Worker) final(ctx context.Context, d *delivery, r schema.Result) bool {
	sent := r.Outcome == schema.OutcomeSent
	if d.entry.State == stateDone || sent && (d.leased(0) || w.ledger == nil) {
		return true
	}
	if !d.leased(0) && !sent {
		w.ended(d)
		w.notOurs(d)
		return false
	}
	if w.ledger == nil || d.revision == 0 && (r.Outcome != schema.OutcomeExpired || d.ledgerFailed) {
		return true
	}
	e, noted := d.entry, r
	e.State, e.Result = stateDone, &noted
	revision, err := w.ledger.put(ctx, d.key(), e, d.revision)
	if err != nil {
		w.logOf(d).Warn("result not noted, job stays in the queue", keyJob, d.job.ID, keyErr, err)
		w.ended(d)
		if !errors.Is(err, errClaimed) || d.ledgerFailed || d.revision == 0 {
			w.giveBack(d, nakFloor)
		}
		return false
	}
	d.entry, d.revision = e, revision
	return true
}

// acknowledge has the ack confirmed: a plain one can be lost and the job would
// come back.
func (w *Worker) acknowledge(ctx context.Context, d *delivery) {
	for {
		try, limited := queue.Until(ctx, time.Now().Add(ackTry))
		began := w.stopwatch()
		err := w.queue.Ack(try, d.msg)
		w.timed(OpAck, began, err)
		limited.Release()
		if err == nil {
			w.logOf(d).Debug("ack confirmed", keyJob, d.job.ID)
			return
		}
		if sleep(ctx, nakFloor) != nil {
			w.logOf(d).Error("ack not confirmed, the job may come back", keyJob, d.job.ID, keyErr, err)
			return
		}
	}
}

// aside gives a job back to the queue for a while and notes in the ledger where
// it stands. If somebody else has claimed it meanwhile, it is theirs.
func (w *Worker) aside(ctx context.Context, d *delivery, next decision) {
	e := d.entry
	e.State, e.ClaimedAt = stateAside, time.Time{}
	if d.open {
		e.State, e.ClaimedAt = stateClaimed, d.claimedAt
	}
	if !d.untouched() && !w.handOver(ctx, d, e) {
		w.ended(d)
		return
	}
	delay := max(next.delay, nakFloor)
	w.ended(d)
	w.emit(d.event(Event{Kind: KindAside, Verdict: Verdict{Reason: next.reason, Status: next.status}, Next: next.do.String(), Delay: delay, Held: w.heldFor(next)}))
	w.giveBack(d, delay)
}

// handOver writes where a job stands; false means that it is another worker's.
func (w *Worker) handOver(ctx context.Context, d *delivery, e entry) bool {
	if w.ledger == nil {
		return true
	}
	_, err := w.ledger.put(ctx, d.key(), e, d.revision)
	if errors.Is(err, errClaimed) && !d.ledgerFailed {
		w.notOurs(d)
		return false
	}
	if err != nil {
		// What the ledger says is older and makes the next delivery ask first.
		w.logOf(d).Error("ledger not written", keyJob, d.job.ID, keyErr, err)
	}
	return true
}

// untouched says that no attempt was made and the ledger knows nothing: such a
// job is held without a write, by the hundred thousand.
func (d *delivery) untouched() bool {
	return d.revision == 0 && d.entry.Attempts == 0 && !d.open && !d.ledgerFailed
}

// giveBack naks a delivery that is surely ours; a stale nak would disturb the
// worker that has the job now.
func (w *Worker) giveBack(d *delivery, delay time.Duration) {
	if !d.leased(0) {
		return
	}
	if err := d.msg.NakWithDelay(delay); err != nil {
		w.logOf(d).Warn("nak not sent, the job comes back after its ack wait", keyJob, d.job.ID, keyErr, err)
	}
}

// settleStray ends a message that no consumer delivers: it is deleted after its
// answer was confirmed. Two workers that do it at once store one answer.
func (w *Worker) settleStray(ctx context.Context, d *delivery, next decision) (ended bool) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	r := w.result(d, next)
	if err := w.publish(ctx, d, r); err != nil {
		w.logOf(d).Warn("stray not answered", keyJob, d.job.ID, keyErr, err)
		return false
	}
	w.emit(d.event(Event{Kind: KindResult, Result: r}))
	if err := w.queue.DropStray(ctx, d.seq); err != nil {
		w.logOf(d).Warn("stray not removed", keyJob, d.job.ID, keyErr, err)
		return false
	}
	return true
}
