package worker

import (
	"context"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema"
)

// askUntil is how long after a job's expiry the provider is still asked what
// became of it, when it could not be asked before.
const askUntil = time.Minute

// askAtLast is how much longer a job waits for its first question while a
// breaker is open: one that nobody ever asked about is no honest unknown.
const askAtLast = 10 * time.Minute

// minAsks is how many questions in a row must stay without an answer, however
// late it is, before a job is given up as unknown: after an outage of the broker
// all its time may be over at the first one.
const minAsks = 5

// askBy is until when a job is asked about. One that was queued again after its
// expiry has its minute from then on: its first answer may have been "sent".
func (d *delivery) askBy() time.Time {
	if d.queuedAt.After(d.expiresAt) {
		return d.queuedAt.Add(askUntil)
	}
	return d.expiresAt.Add(askUntil)
}

// reconcile asks the provider by order id whether an attempt that may have been
// sent was accepted.
//
// Failure policy: "not found" counts only after call timeout + grace have
// passed since the claim, because a send that is still on its way looks absent.
// That delays the few jobs whose answer was lost; asking at once would send
// some of them twice.
func (w *Worker) reconcile(ctx context.Context, d *delivery, p *permit) decision {
	start := time.Now()
	timeout := start.Add(w.cfg.CallTimeout)
	ctx, cancel := context.WithDeadline(ctx, earliest(timeout, d.lease))
	defer cancel()
	ctx = d.step(ctx, KindAsked)
	record, err := w.provider.RecordByOrderID(ctx, client.RecordByOrderIDRequest{
		AppID: d.job.AppID, OrderID: d.job.ProviderOrderID(),
	})
	took := time.Since(start)
	v := w.table.classify(err)
	p.reportAsked(v, ours(err, timeout), v.Reason == reasonTimestamp && !d.entry.Resigned)
	d.entry.Resigned = d.entry.Resigned || v.Reason == reasonTimestamp
	d.entry.ProviderMS += took.Milliseconds()
	next := w.afterRecord(d, record, v)
	w.emit(d.event(Event{Kind: KindAsked, Verdict: v, Found: record.Found, Next: next.do.String(), Delay: next.delay, Took: took, HTTPStatus: httpStatus(err), Err: err}))
	return next
}

func (w *Worker) afterRecord(d *delivery, record client.Record, v Verdict) decision {
	last := decision{reason: d.entry.Reason, status: d.entry.Status}
	switch {
	case v.Outcome != Accepted:
		d.entry.Asked++
		return w.askAgain(d, last)
	case record.Found:
		d.open = false
		d.response = client.SendRuleResponse{VerificationID: record.VerificationID, Channel: record.Channel}
		return decision{do: conclude, outcome: schema.OutcomeSent, reason: reasonSent, status: "0"}
	}
	d.open, d.entry.Asked = false, 0
	return w.notFound(d, last)
}

// askAgain repeats a question that was not answered, until it makes no sense
// any more: then the result says that it is not known.
func (w *Worker) askAgain(d *delivery, last decision) decision {
	s := w.situation(d)
	delay := w.schedule.delay(d.entry.Asked)
	if d.entry.Asked >= minAsks && s.now.Add(delay).After(d.askBy()) {
		last.do, last.outcome = conclude, schema.OutcomeUnknown
		return last
	}
	last.do, last.delay = reconcile, delay
	return last
}

// notFound goes on with a job that the provider does not know: as its last
// verdict says, or with another attempt.
func (w *Worker) notFound(d *delivery, last decision) decision {
	s := w.situation(d)
	if d.entry.Status != "" && w.table.rule(d.entry.Status).Class == Permanent {
		last.do, last.outcome = conclude, schema.OutcomeRejected
		return last
	}
	last.do = retry
	next := orExpire(last, s)
	if next.outcome == schema.OutcomeExpired && d.entry.Reason == reasonDataExists {
		// The provider refused the order id as known and does not show it.
		next.outcome = schema.OutcomeUnknown
	}
	return next
}
