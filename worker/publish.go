package worker

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/queue"
)

// result is the one answer to a job.
func (w *Worker) result(d *delivery, end decision) schema.Result {
	if end.stored != nil {
		return *end.stored
	}
	d.resume()
	now := time.Now()
	r := schema.Result{
		ID:          d.resultID(end.outcome),
		JobID:       d.job.ID,
		AppID:       d.job.AppID,
		Lane:        d.lane,
		Outcome:     end.outcome,
		Reason:      end.reason,
		Status:      end.status,
		Channel:     d.job.Channel,
		Attempts:    d.entry.Attempts,
		CompletedAt: now.UTC(),
		BatchID:     d.job.BatchID,
		Metadata:    d.job.Metadata,
		Worker:      w.cfg.Name,
		Faults:      d.faults,
		Notes:       d.notes,
		Timings: schema.Timings{
			Queued:   max(0, d.entry.TakenAt.Sub(d.queuedAt).Milliseconds()),
			Held:     d.entry.HeldMS,
			Provider: d.entry.ProviderMS,
			Total:    max(0, now.Sub(d.queuedAt).Milliseconds()),
		},
	}
	if end.outcome == schema.OutcomeSent {
		r.VerificationID, r.SNAURL = d.response.VerificationID, d.response.SNAURL
		if d.response.Channel != "" {
			r.Channel = schema.Channel(d.response.Channel)
		}
	}
	return r
}

// resultID is that of the job; an invalid one has its message's. The same id may
// come again with a job that is valid, and nobody shall drop that one's result.
func (d *delivery) resultID(outcome schema.Outcome) string {
	if outcome == schema.OutcomeInvalid {
		return schema.ResultID("seq-" + strconv.FormatUint(d.seq, 10))
	}
	return schema.ResultID(d.job.ID)
}

// publish stores the result and, for a job that a person should look at, a
// dead letter; then it answers the app that waits. Stored first: the answer to
// the app is not kept by anyone.
func (w *Worker) publish(ctx context.Context, d *delivery, r schema.Result) error {
	document, err := r.Encode()
	if err != nil {
		return err
	}
	d.document = document
	if !d.told() {
		ctx = d.step(ctx, KindResult)
		if err := w.store(ctx, d, r); err != nil {
			return err
		}
	}
	if d.job.ReplyTo != "" {
		if err := w.queue.Reply(ctx, d.job.ReplyTo, r, document); err != nil {
			w.logOf(d).Warn("reply not sent", keyJob, d.job.ID, keyErr, err)
		}
	}
	return nil
}

// store has the broker confirm the dead letter, if there is one, and the result.
// A job without an id has no result, since nobody could tell whose it is: the
// dead letter is the answer.
func (w *Worker) store(ctx context.Context, d *delivery, r schema.Result) error {
	if concernsAPerson(r) {
		if err := w.untilConfirmed(ctx, func(ctx context.Context) error {
			return w.queue.PublishDead(ctx, w.deadLetter(d, r))
		}); err != nil {
			return err
		}
		w.tell(d.event(Event{Kind: KindDead, Result: r}))
	}
	if d.job.ID == "" {
		return nil
	}
	return w.untilConfirmed(ctx, func(ctx context.Context) error {
		return w.queue.StoreResult(ctx, d.batch, r, d.document)
	})
}

// concernsAPerson says that a job should be looked at: it is malformed, nobody
// knows what became of it, or the provider refuses it for what is in it. A
// number at its limit is nobody's mistake.
func concernsAPerson(r schema.Result) bool {
	switch r.Outcome {
	case schema.OutcomeInvalid, schema.OutcomeUnknown:
		return true
	case schema.OutcomeRejected:
		return r.Reason != reasonPhoneLimit
	case schema.OutcomeSent, schema.OutcomeExpired:
	}
	return false
}

const (
	// publishTry bounds one try to publish, publishPause is between two.
	publishTry   = 5 * time.Second
	publishPause = 250 * time.Millisecond
)

// untilConfirmed repeats a publish until the broker has confirmed it or ctx
// ends: an election takes seconds, and the message id makes a repeat harmless.
func (w *Worker) untilConfirmed(ctx context.Context, publish func(context.Context) error) error {
	for {
		try, limited := queue.Until(ctx, time.Now().Add(publishTry))
		began := w.stopwatch()
		err := publish(try)
		w.timed(OpPublish, began, err)
		limited.Release()
		if err == nil {
			return nil
		}
		if sleep(ctx, publishPause) != nil {
			return fmt.Errorf("give up: %w", err)
		}
	}
}

// deadLetter is a copy of the job with the reason. Its id depends on the job
// only, or on its place in the stream if it has no id.
func (w *Worker) deadLetter(d *delivery, r schema.Result) schema.DeadLetter {
	id := d.job.ID
	if id == "" {
		id = "seq-" + strconv.FormatUint(d.seq, 10)
	}
	return schema.DeadLetter{
		ID:           "dead-" + id,
		JobID:        d.job.ID,
		AppID:        d.job.AppID,
		Lane:         d.lane,
		Reason:       r.Reason,
		Outcome:      r.Outcome,
		Status:       r.Status,
		Attempts:     r.Attempts,
		Deliveries:   d.count,
		Faults:       d.faults,
		Subject:      d.subject,
		Sequence:     d.seq,
		Payload:      redact.NewPayload(d.data[:min(len(d.data), schema.MaxBytes)]),
		PayloadBytes: len(d.data),
		QueuedAt:     d.queuedAt,
		DiedAt:       r.CompletedAt,
		Worker:       w.cfg.Name,
	}
}
