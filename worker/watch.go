package worker

import (
	"context"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A Tracer follows deliveries. See worker/telemetry for one.
type Tracer interface {
	// Follow begins to follow a delivery, with the headers that its job came
	// with. The event says whose it is.
	Follow(headers map[string][]string, e Event) Trace
}

// A Trace follows one delivery. One goroutine at a time calls it.
type Trace interface {
	// Context puts into ctx where the trace stands.
	Context(ctx context.Context) context.Context
	// Logger is log for lines that tell where the trace stands.
	Logger(log *slog.Logger) *slog.Logger
	// Begin starts a step: an attempt (KindAttempt), a question (KindAsked), or
	// a result on its way (KindResult). The context is for this step, and the
	// event of its kind ends it.
	Begin(ctx context.Context, e Event) context.Context
	// Observe is told everything that happens to the delivery.
	Observe(Event)
	// End ends the trace, and a step that had no event.
	End()
}

// A Guard is what kept a job from being sent, or answered, a second time.
type Guard string

const (
	// GuardTold: the job came back after its result, because an ack got lost.
	GuardTold Guard = "told"
	// GuardDone: the ledger knows the result of a job with this id.
	GuardDone Guard = "done"
	// GuardClaim: somebody has claimed the job before, and may have sent it.
	GuardClaim Guard = "claim"
	// GuardRecord: the provider had a send whose answer was lost.
	GuardRecord Guard = "record"
	// GuardLease: the delivery may be another worker's by now.
	GuardLease Guard = "lease"
	// GuardPoison: the job has killed its worker again and again.
	GuardPoison Guard = "poison"
)

// Operations, as a [KindOperation] event names them.
const (
	OpAck       = "ack"
	OpPublish   = "publish"
	OpLedgerPut = "ledger_put"
	OpLedgerGet = "ledger_get"
)

// What a job is held for, as Held of a [KindAside] event says, beside the
// breakers' scopes.
const (
	heldForRate   = "rate"
	heldForLedger = "ledger"
	heldForBatch  = "batch"
)

// tell is emit without a line in the log, for what happens with each job. With
// nobody to tell it does nothing.
func (w *Worker) tell(e Event) {
	if w.cfg.Observe == nil && e.trace == nil {
		return
	}
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	w.observe(e)
}

func (w *Worker) observe(e Event) {
	if w.cfg.Observe != nil {
		w.cfg.Observe(e)
	}
	if e.trace != nil {
		e.trace.Observe(e)
	}
}

// follow begins to watch a delivery that was read.
func (w *Worker) follow(ctx context.Context, d *delivery) context.Context {
	if w.cfg.Observe != nil || w.cfg.Tracer != nil {
		d.began = time.Now()
	}
	if w.cfg.Tracer == nil {
		return ctx
	}
	d.trace = w.cfg.Tracer.Follow(d.msg.Headers(), d.event(Event{Kind: KindTaken}))
	return d.trace.Context(ctx)
}

// left ends what follow began, whatever became of the delivery.
func (w *Worker) left(d *delivery) {
	if !d.began.IsZero() {
		now := time.Now()
		w.tell(d.event(Event{Time: now, Kind: KindSettled, Next: d.settled, Took: now.Sub(d.began)}))
	}
	if d.trace != nil {
		d.trace.End()
	}
}

// logOf is the log for lines about a delivery: they tell its trace.
func (w *Worker) logOf(d *delivery) *slog.Logger {
	if d.trace == nil {
		return w.log
	}
	return d.trace.Logger(w.log)
}

// step begins a step of the delivery's trace.
func (d *delivery) step(ctx context.Context, kind Kind) context.Context {
	if d.trace == nil {
		return ctx
	}
	return d.trace.Begin(ctx, d.event(Event{Kind: kind}))
}

// guarded tells which guard has just kept a job from being sent twice.
func (w *Worker) guarded(d *delivery, g Guard) {
	w.tell(d.event(Event{Kind: KindGuard, Guard: g}))
}

// remembered is the guard behind a result that the ledger knows.
func (d *delivery) remembered() Guard {
	if d.told() {
		return GuardTold
	}
	return GuardDone
}

// notOurs leaves a delivery alone that another worker may have by now.
func (w *Worker) notOurs(d *delivery) {
	w.guarded(d, GuardLease)
	w.logOf(d).Warn("delivery is no longer ours, left alone", keyJob, d.job.ID)
}

// heldFor names what a job is held for; empty if it only waits for its turn.
func (w *Worker) heldFor(next decision) string {
	switch {
	case next.do != hold:
		return ""
	case next.reason == reasonRateLimited:
		return heldForRate
	case next.reason == reasonLedgerDown:
		return heldForLedger
	case next.reason == reasonBatchPaused:
		return heldForBatch
	case next.status != "":
		return string(w.table.rule(next.status).Scope)
	case next.reason == reasonHTTP4xx:
		return string(ScopeAccount)
	}
	return string(ScopeProvider)
}

// stopwatch is the time, if anybody wants to know how long something takes.
func (w *Worker) stopwatch() (began time.Time) {
	if w.cfg.Observe != nil {
		began = time.Now()
	}
	return began
}

// timed tells how long an operation took that began then.
func (w *Worker) timed(op string, began time.Time, err error) {
	if !began.IsZero() {
		now := time.Now()
		w.tell(Event{Time: now, Kind: KindOperation, Op: op, Took: now.Sub(began), Err: err})
	}
}

// timedBucket wraps the ledger's bucket if anybody wants to know.
func (w *Worker) timedBucket(b bucket) bucket {
	if w.cfg.Observe == nil {
		return b
	}
	return &timedBucket{b, w}
}

// A timedBucket tells how long the broker takes for claims.
type timedBucket struct {
	bucket
	worker *Worker
}

func (b *timedBucket) Put(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	began := time.Now()
	revision, err := b.bucket.Put(ctx, key, value, revision)
	b.worker.timed(OpLedgerPut, began, err)
	return revision, err
}

func (b *timedBucket) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	began := time.Now()
	entry, err := b.bucket.Get(ctx, key)
	b.worker.timed(OpLedgerGet, began, err)
	return entry, err
}
