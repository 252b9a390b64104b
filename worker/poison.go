package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// A job that kills its worker comes back after its AckWait and kills the next
// one. The broker's count of deliveries does not tell it from a job that was
// held often, so from the third delivery on the ledger counts starts that had
// no end, under a key that needs nothing of the job's body: reading that body
// may be what kills.
const (
	// countFrom is the delivery from which starts are counted.
	countFrom = 3
	// maxStarts is how many starts without an end set a job aside.
	maxStarts = 5

	reasonPoison = "poison"
)

// starts is the ledger's count for one message.
type starts struct {
	Open int `json:"open"`
}

// startsKey is no job's key: an app id has no "=".
func startsKey(seq uint64) string { return "=starts." + strconv.FormatUint(seq, 10) }

// poisonous counts a start and reports whether there were too many without an
// end. Without the ledger nothing is counted.
func (w *Worker) poisonous(ctx context.Context, d *delivery) bool {
	if d.count < countFrom || w.ledger == nil || w.appOnHold(d) {
		return false
	}
	d.counted = true
	s := w.ledger.starts(ctx, d.seq)
	if s.Open >= maxStarts {
		return true
	}
	w.ledger.setStarts(ctx, d.seq, starts{Open: s.Open + 1})
	return false
}

// appOnHold says that a delivery will most likely only be held: by the hundred
// thousand, each must cost next to nothing.
func (w *Worker) appOnHold(d *delivery) bool {
	place, err := schema.ParseJobSubject(d.subject)
	if err != nil {
		return false
	}
	b := w.holds.app(place.AppID)
	return b != nil && b.wait() > 0
}

// ended takes the count back: this start had its end. Its time does not come
// from what settling had left: that may be nothing.
func (w *Worker) ended(d *delivery) {
	if d.counted {
		w.ledger.setStarts(w.settling, d.seq, starts{})
	}
}

func (l *ledger) starts(ctx context.Context, seq uint64) (s starts) {
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	if kve, err := l.Get(ctx, startsKey(seq)); err == nil {
		_ = json.Unmarshal(kve.Value(), &s)
	}
	return s
}

func (l *ledger) setStarts(ctx context.Context, seq uint64, s starts) {
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	if data, err := json.Marshal(s); err == nil {
		_ = l.Set(ctx, startsKey(seq), data)
	}
}

// condemn answers for a job whose body must not be read: with the result that
// the ledger holds, or that it is not known whether it was sent.
func (w *Worker) condemn(ctx context.Context, d *delivery) decision {
	w.guarded(d, GuardPoison)
	place, _ := schema.ParseJobSubject(d.subject)
	d.job = schema.Job{AppID: place.AppID, BatchID: place.BatchID}
	if id := d.msg.Headers().Get(jetstream.MsgIDHeader); isID(id) {
		d.job.ID = id
	}
	if e, _, _, err := w.ledger.get(ctx, d.key()); err == nil && d.job.ID != "" {
		d.entry = e
		if e.State == stateDone && e.Result != nil {
			return decision{do: conclude, stored: e.Result}
		}
	}
	return decision{do: conclude, outcome: schema.OutcomeUnknown, reason: reasonPoison}
}

// survive keeps one job's panic from ending the jobs beside it. The job comes
// back after its AckWait, and the start without an end is counted.
func (w *Worker) survive(d *delivery) {
	if p := recover(); p != nil {
		// The value may quote the job; its type and the stack do not.
		w.logOf(d).Error("job panicked, left to its ack wait", "seq", d.seq, keyErr, fmt.Errorf("panic: %T", p), "stack", string(debug.Stack()))
	}
}
