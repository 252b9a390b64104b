package worker

import (
	"context"
	"log/slog"
	"time"

	"github.com/otpworker/otpworker/schema"
)

// A Kind is what an [Event] tells.
type Kind string

const (
	// KindTaken: a delivery of a job was taken off the queue.
	KindTaken Kind = "taken"
	// KindAttempt: one call to the provider ended.
	KindAttempt Kind = "attempt"
	// KindAsked: the provider was asked whether a job was sent.
	KindAsked Kind = "asked"
	// KindAside: the job was given back to the queue for a while.
	KindAside Kind = "aside"
	// KindResult: the job has its result, and the broker has confirmed it.
	KindResult Kind = "result"
	// KindSkew: our clock is off the broker's by Delay, positive when behind.
	KindSkew Kind = "skew"
	// KindBreaker: a breaker changed its state.
	KindBreaker Kind = "breaker"
	// KindClaimed: the ledger has the claim of the attempt that comes next.
	KindClaimed Kind = "claimed"
	// KindGuard: Guard kept the job from being sent or answered twice.
	KindGuard Kind = "guard"
	// KindDead: the job's dead letter was stored.
	KindDead Kind = "dead"
	// KindSettled: a delivery was in hand for Took and ended as Next says:
	// conclude, silent, or given back for one of the others; empty if its job
	// panicked.
	KindSettled Kind = "settled"
	// KindOperation: the request Op to the broker took Took.
	KindOperation Kind = "operation"
)

// An Event is one thing that happened. It holds no code and no number. Those from
// KindClaimed on have no line in the log.
type Event struct {
	Time  time.Time
	Kind  Kind
	JobID string
	AppID string
	Lane  schema.Lane
	// BatchID is the job's batch, if it has one.
	BatchID string
	// Delivery is the broker's count, Attempt ours; both from 1.
	Delivery, Attempt int
	// Verdict is what the provider said (attempt, asked).
	Verdict Verdict
	// Found says that the provider knows the send (asked).
	Found bool
	// Next is what happens then and Delay when: retry, hold, reconcile,
	// conclude. The delay is the one that is used.
	Next  string
	Delay time.Duration
	// Held is what the job is held for (aside): the scope of a breaker, rate,
	// ledger or batch; empty if it is not held.
	Held string
	// Took is how long the call was (attempt, asked, operation, settled).
	Took time.Duration
	// HTTPStatus is that of the provider's answer, 0 if there was none (attempt,
	// asked).
	HTTPStatus int
	// ClaimedAt is when the last attempt was claimed.
	ClaimedAt time.Time
	// Guard is what kept the job from a second send (guard).
	Guard Guard
	// Op is the operation: see [OpAck] (operation).
	Op string
	// Result is the job's (result).
	Result schema.Result
	// Scope, From and To are the breaker's (breaker).
	Scope    Scope
	From, To string
	// Err is what went wrong on the way, if anything.
	Err error

	trace Trace
}

// Keys of the log: one key, one meaning.
const (
	keyJob     = "job_id"
	keyErr     = "err"
	keyReason  = "reason"
	keyDelay   = "delay_ms"
	keyOutcome = "outcome"
	keyAttempt = "attempt"
	keyStatus  = "status"
	keyScope   = "scope"
	keyLane    = "lane"
)

// emit tells the observer and writes the log line of an event.
func (w *Worker) emit(e Event) {
	w.tell(e)
	level := slog.LevelInfo
	switch {
	case e.Kind == KindTaken, e.Kind == KindAside:
		level = slog.LevelDebug
	case e.Err != nil, e.Kind == KindBreaker, e.Kind == KindSkew:
		level = slog.LevelWarn
	}
	if w.log.Enabled(context.Background(), level) {
		w.log.LogAttrs(e.context(), level, string(e.Kind), e.attrs()...)
	}
}

// context has the place of the trace that the event is part of.
func (e Event) context() context.Context {
	if e.trace == nil {
		return context.Background()
	}
	return e.trace.Context(context.Background())
}

// attrs is the wide line of an event; what it does not have is left out.
func (e Event) attrs() []slog.Attr {
	attrs := make([]slog.Attr, 0, 12)
	add := func(key, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(key, value))
		}
	}
	add(keyJob, e.JobID)
	add("app_id", e.AppID)
	add(keyLane, string(e.Lane))
	switch e.Kind {
	case KindSkew:
		attrs = append(attrs, slog.Int64(keyDelay, e.Delay.Milliseconds()))
	case KindBreaker:
		add(keyScope, string(e.Scope))
		add("from", e.From)
		add("to", e.To)
		add(keyReason, e.Verdict.Reason)
	case KindResult:
		r := e.Result
		add(keyOutcome, string(r.Outcome))
		add(keyReason, r.Reason)
		add(keyStatus, r.Status)
		attrs = append(attrs, slog.Int("attempts", r.Attempts), slog.Int64("queued_ms", r.Timings.Queued),
			slog.Int64("held_ms", r.Timings.Held), slog.Int64("provider_ms", r.Timings.Provider),
			slog.Int64("total_ms", r.Timings.Total))
	case KindTaken:
		attrs = append(attrs, slog.Int("delivery", e.Delivery))
	default:
		attrs = append(attrs, slog.Int(keyAttempt, e.Attempt), slog.Int("delivery", e.Delivery))
		add(keyOutcome, string(e.Verdict.Outcome))
		add(keyReason, e.Verdict.Reason)
		add(keyStatus, e.Verdict.Status)
		add("next", e.Next)
		attrs = append(attrs, slog.Int64(keyDelay, e.Delay.Milliseconds()), slog.Int64("took_ms", e.Took.Milliseconds()))
	}
	if e.Kind == KindAsked {
		attrs = append(attrs, slog.Bool("found", e.Found))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.Any(keyErr, e.Err))
	}
	return attrs
}
