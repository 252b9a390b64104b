package worker

import (
	"github.com/otpworker/otpworker/schema"
)

// told says that this message has its result stored already: it came back only
// because its ack got lost. The broker itself would know a second one for some
// minutes.
func (d *delivery) told() bool {
	return d.entry.State == stateDone && d.entry.Told && d.entry.Seq == d.seq
}

// remember has the ledger told that a job is done, so that a repeat gets the same
// result without a call. told: the broker has confirmed it. Nobody waits for the
// ledger's word: without the memo a repeat costs a question to the provider.
func (w *Worker) remember(d *delivery, r schema.Result, told bool) {
	if d.revision == 0 || d.told() || d.entry.State == stateDone && !told {
		return
	}
	e := d.entry
	e.State, e.Told, e.Seq = stateDone, told, d.seq
	if d.document == nil {
		noted := r
		e.Result = &noted
	}
	if err := w.ledger.note(d.key(), e, d.document, d.revision); err != nil {
		w.logOf(d).Debug("memo not written", "key", d.key(), keyErr, err)
	}
}
