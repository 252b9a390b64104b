package worker

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nuid"

	"github.com/otpworker/otpworker/worker/queue"
)

// skewAllowance is how far the broker's or another worker's clock may be off when
// its time of a claim is compared with ours.
const skewAllowance = 2 * time.Second

// claim writes that an attempt is about to be made. Without the ledger nothing is
// sent: ok is false and the decision says what to do instead.
func (w *Worker) claim(ctx context.Context, d *delivery) (next decision, ok bool) {
	if w.ledger == nil {
		d.entry.Attempts++
		d.claimedAt = time.Now()
		return decision{}, true
	}
	e := d.entry
	e.State, e.Nonce, e.Worker = stateClaimed, nuid.Next(), w.cfg.Name
	e.Attempts++
	e.ClaimedAt = time.Time{}
	claimedAt := time.Now()
	revision, err := w.ledger.put(ctx, d.key(), e, d.revision)
	if err != nil && !errors.Is(err, errClaimed) {
		// Perhaps only the confirmation was lost: the nonce tells.
		revision, err = w.ledger.put(ctx, d.key(), e, d.revision)
	}
	if err == nil {
		d.entry, d.revision, d.claimedAt, d.clockDoubt = e, revision, claimedAt, 0
		return decision{}, true
	}
	if !errors.Is(err, errClaimed) {
		return w.ledgerDown(d, err), false
	}
	next, ok = w.recall(ctx, d, e.Nonce)
	if ok {
		d.claimedAt, d.clockDoubt = claimedAt, 0
	}
	return next, ok
}

// recall reads what the ledger says of a job and goes on from there. ok is true
// if the entry is the claim with the given nonce: our own write, whose
// confirmation was lost.
func (w *Worker) recall(ctx context.Context, d *delivery, nonce string) (next decision, ok bool) {
	if w.ledger == nil {
		// Nothing is remembered: any earlier delivery may have sent it, and has
		// ended long enough ago to ask.
		d.open = d.count > 1
		d.claimedAt = time.Now().Add(-w.cfg.CallTimeout - w.cfg.Grace)
		return decision{do: retry}, false
	}
	e, revision, at, err := w.ledger.get(ctx, d.key())
	if errors.Is(err, errNoEntry) {
		d.revision = 0
		d.wasHeld()
		if d.count > 1 && time.Since(d.queuedAt) > ledgerLife {
			// What it knew is forgotten: the provider may know.
			d.open, d.claimedAt = true, d.queuedAt
		}
		return decision{do: retry, delay: staleRead(nonce)}, false
	}
	if err != nil {
		// An earlier delivery may have sent it, and the ledger cannot say.
		d.open = d.open || d.count > 1
		return w.ledgerDown(d, err), false
	}
	d.entry, d.revision = e, revision
	switch {
	case e.State == stateDone && e.Result != nil:
		w.guarded(d, d.remembered())
		return decision{do: conclude, stored: e.Result}, false
	case e.State == stateClaimed && nonce != "" && e.Nonce == nonce:
		return decision{}, true
	case e.State == stateClaimed:
		if e.ClaimedAt.IsZero() { // else it was handed over, and is counted
			w.guarded(d, GuardClaim)
		}
		d.open, d.entry.EverUnknown = true, true
		d.claimedAt, d.clockDoubt = at, max(skewAllowance, w.skew().Abs())
		if !e.ClaimedAt.IsZero() {
			d.claimedAt = e.ClaimedAt
		}
		if !e.ClaimedAt.IsZero() && e.Worker == w.cfg.Name {
			d.clockDoubt = 0 // our own clock told it
		}
	}
	return decision{do: retry, delay: staleRead(nonce)}, false
}

// staleRead is how long to wait when a write met an entry that a read does not
// see: another replica answered.
func staleRead(nonce string) time.Duration {
	if nonce == "" {
		return 0
	}
	return 250 * time.Millisecond
}

// ledgerLife is how long an entry is surely kept.
const ledgerLife = queue.LedgerAge - time.Minute

const (
	reasonLedgerDown = "ledger_unavailable"
	ledgerDownDelay  = 2 * time.Second
)

func (w *Worker) ledgerDown(d *delivery, err error) decision {
	d.ledgerFailed = true
	w.logOf(d).Error("ledger unreachable, nothing is sent", keyJob, d.job.ID, keyErr, err)
	return w.orGiveUp(d, decision{do: hold, delay: ledgerDownDelay, reason: reasonLedgerDown})
}
