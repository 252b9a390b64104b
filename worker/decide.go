package worker

import (
	"time"

	"github.com/otpworker/otpworker/schema"
)

// An action is what to do with a job next.
type action int

const (
	// conclude: the job has its result.
	conclude action = iota
	// retry: another attempt after a delay.
	retry
	// hold: a breaker is open; try again after a delay, no attempt counted.
	hold
	// reconcile: ask the provider whether it was sent, after a delay.
	reconcile
	// silent: the delivery may be another worker's by now; do nothing.
	silent
)

func (a action) String() string {
	return [...]string{"conclude", "retry", "hold", "reconcile", "silent"}[a]
}

// A decision is what to do and, for conclude, the result.
type decision struct {
	do      action
	delay   time.Duration
	outcome schema.Outcome
	reason  string
	status  string
	// stored is the result that the ledger holds already.
	stored *schema.Result
}

// A situation is what a decision depends on besides the verdict.
type situation struct {
	now, expiresAt time.Time
	// usual is how long a call usually takes.
	usual time.Duration
	// backoff is the schedule's delay after this attempt.
	backoff time.Duration
	// onHold is how long what the verdict is about stays on hold; 0 if the
	// provider is not.
	onHold time.Duration
	// askAfter is when the provider would show a record of this attempt.
	askAfter time.Time
	// resigned: this job was signed anew after a -16 already.
	resigned bool
	// everUnknown: an earlier attempt of this job may have been sent.
	everUnknown bool
}

// decide maps what happened to what to do. If a next attempt could not end
// before the expiry, the job is expired now, not at the end.
func decide(v Verdict, s situation) decision {
	switch {
	case v.Outcome == Accepted:
		return decision{do: conclude, outcome: schema.OutcomeSent, reason: v.Reason, status: v.Status}
	case v.Outcome == Unknown, v.Class == ClassUnknown, v.Reason == reasonPhoneLimit && s.everUnknown:
		return decision{do: reconcile, delay: max(0, s.askAfter.Sub(s.now)), reason: v.Reason, status: v.Status}
	case v.Class == Permanent:
		return decision{do: conclude, outcome: schema.OutcomeRejected, reason: v.Reason, status: v.Status}
	}
	d := decision{do: retry, delay: max(s.backoff, v.RetryAfter), reason: v.Reason, status: v.Status}
	switch {
	case v.Reason == reasonTimestamp && !s.resigned:
		d.delay = 0
	case v.Scope == ScopeAccount, v.Scope == ScopeApp:
		d.do, d.delay = hold, s.onHold
	case v.Scope == ScopeProvider && s.onHold > v.RetryAfter:
		// The breaker looks for the provider from here on; the job's own
		// schedule would keep it long after the provider is back.
		d.do, d.delay = hold, s.onHold
	}
	return orExpire(d, s)
}

// orExpire gives a job up when the call after the delay would end too late. A
// hold is not given up early: it may end sooner than it seems.
func orExpire(d decision, s situation) decision {
	left := s.expiresAt.Sub(s.now)
	if d.do == hold {
		d.delay = min(d.delay, max(left, 0))
	}
	if left <= 0 || d.do != hold && d.delay+s.usual > left {
		return decision{do: conclude, outcome: schema.OutcomeExpired, reason: d.reason, status: d.status}
	}
	return d
}
