package worker

import (
	"context"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/schema/seal"
)

const (
	reasonCannotOpen = "cannot_open"
	reasonNotSealed  = "not_sealed"
)

// sealKeys are the keys of SealSeed, nil if there is none.
func (c Config) sealKeys() (*seal.Keys, error) {
	if c.SealSeed.IsZero() {
		return nil, nil
	}
	return seal.ParseKeys(c.SealSeed)
}

// UseSealKeys has sealed jobs opened with other seeds from now on, as many as
// Config.SealSeed may hold. After an error the former ones stay.
func (w *Worker) UseSealKeys(seeds redact.Secret) error {
	keys, err := seal.ParseKeys(seeds)
	if err == nil {
		w.useKeys(keys)
	}
	return err
}

// useKeys has dead letters opened with them too: whoever works on those beside the
// worker has the keys here.
func (w *Worker) useKeys(keys *seal.Keys) {
	w.seals.Store(keys)
	w.queue.UseSealKeys(keys)
}

// unseal opens the job in memory. Its message stays as it was, and with it what a
// dead letter keeps.
func (w *Worker) unseal(d *delivery) {
	if d.job.Sealed == "" {
		if w.cfg.RequireSealed && !d.faults.On("document") && !d.faults.On("sealed") {
			d.lock(reasonNotSealed, "is missing: this worker takes sealed jobs only, encrypt code and to for its public key")
		}
		return
	}
	if len(d.faults) > 0 {
		return
	}
	job, err := w.seals.Load().Open(d.job)
	if err != nil {
		d.lock(reasonCannotOpen, err.Error())
		return
	}
	d.job = job
	d.fault(job.Validate())
}

func (d *delivery) lock(reason, problem string) {
	d.locked = reason
	d.fault(schema.Faults{{Field: "sealed", Problem: problem}})
}

// orKnown is for a job that cannot be opened and was delivered before: another key
// may have opened it then, and it may have been sent. What the ledger knows of
// that goes before "invalid".
func (w *Worker) orKnown(ctx context.Context, d *delivery, next decision) decision {
	if d.locked != reasonCannotOpen || d.count < 2 {
		return next
	}
	known, _ := w.recall(ctx, d, "")
	switch {
	case known.do != retry:
		return known
	case d.open:
		next.outcome = schema.OutcomeUnknown
	}
	return next
}
