package worker

import (
	"context"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/worker/pace"
)

// A Provider is what a worker needs of the provider's API. *client.Client is
// one; each call must be one request with a deadline.
type Provider interface {
	SendRule(context.Context, client.SendRuleRequest) (client.SendRuleResponse, error)
	RecordByOrderID(context.Context, client.RecordByOrderIDRequest) (client.Record, error)
}

// call makes one attempt and says what to do then. Its deadline is the earliest
// of call timeout, lease and expiry, and the client writes nothing after it. The
// call timeout runs from the claim: whoever finds the claim reckons with it.
func (w *Worker) call(ctx context.Context, d *delivery, p *permit) decision {
	timeout := d.claimedAt.Add(w.cfg.CallTimeout)
	ctx, cancel := context.WithDeadline(ctx, earliest(timeout, d.lease, d.expiresAt))
	defer cancel()
	d.tokens = pace.Tokens{}
	ctx = d.step(ctx, KindAttempt)
	start := time.Now()
	response, err := w.provider.SendRule(ctx, client.SendRuleRequest{
		AppID:      d.job.AppID,
		TemplateID: d.job.TemplateID,
		Code:       d.job.Code,
		FlowID:     d.job.FlowID,
		To:         d.job.To,
		Channel:    string(d.job.Channel),
		OrderID:    d.job.ProviderOrderID(),
	})
	took := time.Since(start)
	v := w.table.classify(err)
	ours := ours(err, timeout)
	p.report(v, ours, v.Reason == reasonTimestamp && !d.entry.Resigned)
	// An answer after the call's time came while the process stood still: it says
	// nothing about how long calls take.
	timely := took <= w.cfg.CallTimeout
	if v.Outcome != NotSent && !ours && timely {
		w.steer(v, took)
	}
	if v.Reason == reasonThrottled {
		w.pace.Slow(v.RetryAfter) // all workers: it is the account's
	}
	d.response = response
	d.learn(v, took, ours)
	if timely && (v.Outcome == Accepted || v.Outcome == Refused) {
		w.usual.add(took)
	}
	s := w.situation(d)
	if v.Outcome != Accepted {
		s.backoff = w.schedule.delay(d.entry.Attempts)
	}
	s.onHold = w.holds.remaining(v.Scope, d.job.AppID)
	next := decide(v, s)
	d.open = d.open || next.do == reconcile
	d.entry.Resigned = d.entry.Resigned || v.Reason == reasonTimestamp
	w.emit(d.event(Event{Kind: KindAttempt, Verdict: v, Next: next.do.String(), Delay: next.delay, Took: took, HTTPStatus: httpStatus(err), Err: trouble(v, err)}))
	return next
}

// trouble keeps refusals out of the errors: they are answers.
func trouble(v Verdict, err error) error {
	if v.Outcome == Refused {
		return nil
	}
	return err
}

// learn keeps what an attempt has shown, for the next one and the result.
func (d *delivery) learn(v Verdict, took time.Duration, ours bool) {
	if v.Outcome == NotSent && ours {
		d.entry.Attempts-- // a stop is not an attempt
	}
	d.entry.ProviderMS += took.Milliseconds()
	d.entry.Reason, d.entry.Status = v.Reason, v.Status
	d.open = v.Outcome == Unknown || v.Class == ClassUnknown
	d.entry.EverUnknown = d.entry.EverUnknown || d.open
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(first time.Time, others ...time.Time) time.Time {
	for _, t := range others {
		if t.Before(first) {
			first = t
		}
	}
	return first
}
