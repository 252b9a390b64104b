package worker

import (
	"context"

	"github.com/otpworker/otpworker/schema"
)

// A memo is a finished job for the ledger.
type memo struct {
	key      string
	entry    entry
	revision uint64
}

const (
	// memoWriters write memos while nobody waits for them.
	memoWriters = 4
	// memoBacklog bounds the memos that wait. One that finds no room is
	// dropped: a repeat of its job costs a question to the provider then.
	memoBacklog = 1024
)

// told says that this message has its result stored already: it came back only
// because its ack got lost. The broker itself would know a second one for some
// minutes.
func (d *delivery) told() bool {
	return d.entry.State == stateDone && d.entry.Told && d.entry.Seq == d.seq
}

// remember has the ledger told, later, that a job is done, so that a repeat
// gets the same result without a call. told: the broker has confirmed it.
func (w *Worker) remember(d *delivery, r schema.Result, told bool) {
	if d.revision == 0 || d.told() || d.entry.State == stateDone && !told {
		return
	}
	e := d.entry
	e.State, e.Result, e.Told, e.Seq = stateDone, &r, told, d.seq
	select {
	case w.memos <- memo{key: d.key(), entry: e, revision: d.revision}:
	default:
	}
}

// writeMemos runs until the memos are closed.
func (w *Worker) writeMemos(ctx context.Context) {
	for m := range w.memos {
		if _, err := w.ledger.put(ctx, m.key, m.entry, m.revision); err != nil {
			w.log.Debug("memo not written", "key", m.key, keyErr, err)
		}
	}
}
