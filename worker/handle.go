package worker

import (
	"context"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// handle walks one delivery of a job along its path.
func (w *Worker) handle(ctx context.Context, d *delivery, freePull func()) {
	d.freePull = freePull
	defer w.survive(d)
	defer w.left(d)
	if w.poisonous(ctx, d) {
		w.settle(d, w.condemn(ctx, d))
		return
	}
	w.read(d)
	ctx = w.follow(ctx, d)
	w.emit(d.event(Event{Kind: KindTaken}))
	next, ok := w.validate(d)
	if ok {
		next = w.work(ctx, d)
		w.explain(ctx, d, next)
	} else {
		next = w.orKnown(ctx, d, next)
	}
	w.settle(d, next)
}

// work takes turns until the job has its result or has to wait longer than a
// slot may be held.
func (w *Worker) work(ctx context.Context, d *delivery) decision {
	// A first delivery is not read up: that would cost every job a question.
	// The claim shows whether there was an earlier one. One that will not be
	// claimed has to look.
	if d.count > 1 || !time.Now().Before(d.expiresAt) {
		if next, _ := w.recall(ctx, d, ""); next.do != retry {
			return next
		}
	}
	for {
		next := w.turn(ctx, d)
		d.freePull()
		if next.do == conclude || next.do == silent {
			return next
		}
		d.hold()
		if !w.waitInSlot(ctx, d, &next) {
			return next
		}
	}
}

// turn is one turn: superseded or hold, then reconcile, or claim and call.
func (w *Worker) turn(ctx context.Context, d *delivery) decision {
	if next, due := w.due(d); !due {
		return next
	}
	if next, over := w.supersede(ctx, d); over {
		return next
	}
	permit, held := w.holds.permit(d.job.AppID, d.open)
	if permit == nil {
		return w.orGiveUp(d, held)
	}
	// Whatever happens, a panic included: a permit that is never reported keeps
	// a half-open breaker so for ever.
	defer permit.cancel()
	if held, ok := w.holds.proven(ctx, permit); !ok {
		return w.orGiveUp(d, held)
	}
	d.resume()
	if d.open {
		return w.reconcile(ctx, d, permit)
	}
	if held, ok := w.pay(ctx, d, ratePatience); !ok {
		return w.orGiveUp(d, held)
	}
	if w.overtaken(ctx, d) {
		return d.superseded()
	}
	next, ok := w.claim(ctx, d)
	if ok && w.leaseShort(d) {
		// The delivery may be another worker's before the call would end.
		next, ok = decision{do: silent}, false
	}
	if !ok {
		return next
	}
	w.tell(d.event(Event{Kind: KindClaimed}))
	// The claim may have taken long, or the provider wants a pause by now. The
	// call's time runs already.
	if held, ok := w.pay(ctx, d, w.cfg.CallTimeout/4); !ok {
		d.entry.Attempts--
		return w.orGiveUp(d, held)
	}
	return w.call(ctx, d, permit)
}

// due says whether the provider may be called now. A job whose time is over or
// whose batch is cancelled is expired; one that may have been sent waits until
// the provider would know.
func (w *Worker) due(d *delivery) (next decision, ok bool) {
	s := w.situation(d)
	state := w.mayNot(d)
	switch {
	case !d.open && state == queue.BatchCancelled:
		return decision{do: conclude, outcome: schema.OutcomeExpired, reason: ReasonCancelled, status: d.entry.Status}, false
	case d.open && s.now.Before(s.askAfter):
		return decision{do: reconcile, delay: s.askAfter.Sub(s.now), reason: d.entry.Reason, status: d.entry.Status}, false
	case !d.open && s.now.Add(s.usual).After(s.expiresAt):
		return decision{do: conclude, outcome: schema.OutcomeExpired, reason: w.lastReason(d), status: d.entry.Status}, false
	case !d.open && state == queue.BatchPaused:
		return d.keep(s.now), false
	case w.leaseShort(d):
		return decision{do: retry, delay: nakFloor, reason: d.entry.Reason, status: d.entry.Status}, false
	}
	return decision{}, true
}

// leaseShort says that the delivery might be lost before a call would end.
func (w *Worker) leaseShort(d *delivery) bool { return !d.leased(w.cfg.CallTimeout) }

// lastReason is why an expired job was not sent: its last answer, or else what
// it was held for, or that nobody came to it in time.
func (w *Worker) lastReason(d *delivery) string {
	if d.entry.Reason != "" {
		return d.entry.Reason
	}
	if w.mayNot(d) == queue.BatchPaused {
		return reasonBatchPaused
	}
	if held := w.holds.why(d.job.AppID); held != "" {
		return held
	}
	return reasonExpiredQueued
}

// orGiveUp ends a hold that outlives the job: expired, or unknown if it may
// have been sent and nobody could be asked.
func (w *Worker) orGiveUp(d *delivery, held decision) decision {
	s := w.situation(d)
	if !d.open {
		d.entry.Reason, d.entry.Status = held.reason, held.status
		return orExpire(held, s)
	}
	until := d.askBy()
	if d.entry.Asked == 0 && !d.ledgerFailed {
		until = until.Add(askAtLast)
	}
	if s.now.After(until) {
		return decision{do: conclude, outcome: schema.OutcomeUnknown, reason: d.entry.Reason, status: d.entry.Status}
	}
	held.delay = min(held.delay, max(nakFloor, until.Sub(s.now)))
	return held
}

// situation is what decisions about a job depend on.
func (w *Worker) situation(d *delivery) situation {
	return situation{
		now:         time.Now(),
		expiresAt:   d.expiresAt,
		usual:       w.usual.usual(),
		askAfter:    d.claimedAt.Add(w.cfg.CallTimeout + w.cfg.Grace + d.clockDoubt),
		resigned:    d.entry.Resigned,
		everUnknown: d.entry.EverUnknown,
	}
}

// waitInSlot waits for a short delay without giving the job back. It stops
// with what is left of the delay when the worker does.
func (w *Worker) waitInSlot(ctx context.Context, d *delivery, next *decision) bool {
	until := time.Now().Add(next.delay)
	if next.do == hold || next.delay > w.cfg.RetryInPlace || until.Add(w.cfg.CallTimeout).After(d.lease) || ctx.Err() != nil {
		return false
	}
	if next.delay <= 0 {
		return true
	}
	timer := time.NewTimer(next.delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-w.stopping:
	case <-ctx.Done():
	}
	next.delay = time.Until(until)
	return false
}

// hold and resume keep the time that a job waits for anything but an answer.
func (d *delivery) hold() {
	if d.entry.HeldSince.IsZero() {
		d.entry.HeldSince = time.Now()
	}
}

// wasHeld reckons the time since a job was queued as held: it was delivered
// before and given back without an attempt, which the ledger does not note.
func (d *delivery) wasHeld() {
	if d.count > 1 && d.entry.HeldSince.IsZero() {
		d.entry.TakenAt, d.entry.HeldSince = d.queuedAt, d.queuedAt
	}
}

func (d *delivery) resume() {
	if !d.entry.HeldSince.IsZero() {
		d.entry.HeldMS += max(0, time.Since(d.entry.HeldSince).Milliseconds())
		d.entry.HeldSince = time.Time{}
	}
}
