package worker

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// What the ledger says of a job.
const (
	// stateClaimed: an attempt was about to be made; it may have been sent.
	stateClaimed = "claimed"
	// stateAside: no attempt is open; the job waits for its next one.
	stateAside = "aside"
	// stateDone: the job has its result.
	stateDone = "done"
)

// An entry is what the ledger keeps of a job: no code and no number. It carries
// the attempts over deliveries, which the broker's own count cannot.
type entry struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce,omitempty"`
	Worker   string `json:"worker,omitempty"`
	Attempts int    `json:"attempts,omitempty"`
	// Resigned: a -16 was answered with a fresh signature.
	Resigned bool `json:"resigned,omitempty"`
	// EverUnknown: some attempt may have been sent.
	EverUnknown bool `json:"everUnknown,omitempty"`
	// Asked counts questions in a row that got no answer.
	Asked int `json:"asked,omitempty"`
	// Reason and Status are those of the last verdict.
	Reason string `json:"reason,omitempty"`
	Status string `json:"status,omitempty"`
	// ClaimedAt is set when an open claim is written again: the broker's time
	// of the entry is that of the claim otherwise.
	ClaimedAt time.Time `json:"claimedAt,omitzero"`
	// TakenAt is the first delivery; HeldSince the start of the present hold.
	TakenAt    time.Time      `json:"takenAt,omitzero"`
	HeldSince  time.Time      `json:"heldSince,omitzero"`
	HeldMS     int64          `json:"heldMs,omitempty"`
	ProviderMS int64          `json:"providerMs,omitempty"`
	Result     *schema.Result `json:"result,omitempty"`
	// Told: the broker has confirmed the result of the message with sequence Seq.
	Told bool   `json:"told,omitempty"`
	Seq  uint64 `json:"seq,omitempty"`
}

var (
	// errClaimed: the entry is not as we knew it.
	errClaimed = errors.New("the job is claimed by somebody else")
	errNoEntry = errors.New("no entry")
)

const (
	// ledgerTimeout bounds one question to the ledger.
	ledgerTimeout = 3 * time.Second
	// skewAllowance is how far the broker's or another worker's clock may be
	// off when its time of a claim is compared with ours.
	skewAllowance = 2 * time.Second
)

// A ledger is the bucket of claims.
type ledger struct{ kv jetstream.KeyValue }

// key is a job's name in the ledger. Ids should be unique across apps; where they
// are not, one app must not get the other's result.
func (d *delivery) key() string { return d.job.AppID + "." + d.job.ID }

// put writes an entry that nobody else has changed since revision; 0: that
// does not exist. One write, no read.
func (l *ledger) put(ctx context.Context, key string, e entry, revision uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	data, err := json.Marshal(e)
	if err != nil {
		return 0, err
	}
	if revision == 0 {
		revision, err = l.kv.Create(ctx, key, data)
	} else {
		revision, err = l.kv.Update(ctx, key, data, revision)
	}
	if errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		return 0, errClaimed
	}
	return revision, err
}

// get reads an entry. It may be a little old (any replica answers); only put
// decides.
func (l *ledger) get(ctx context.Context, key string) (e entry, revision uint64, at time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	kve, err := l.kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return entry{}, 0, time.Time{}, errNoEntry
	}
	if err != nil {
		return entry{}, 0, time.Time{}, err
	}
	err = json.Unmarshal(kve.Value(), &e)
	return e, kve.Revision(), kve.Created(), err
}

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
		return decision{do: conclude, stored: e.Result}, false
	case e.State == stateClaimed && nonce != "" && e.Nonce == nonce:
		return decision{}, true
	case e.State == stateClaimed:
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
	w.log.Error("ledger unreachable, nothing is sent", keyJob, d.job.ID, keyErr, err)
	return w.orGiveUp(d, decision{do: hold, delay: ledgerDownDelay, reason: reasonLedgerDown})
}
