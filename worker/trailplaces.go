package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

func (t *tracker) inLedger(ctx context.Context, q *queue.Queue) error {
	entries, err := q.FindEntries(ctx, t.JobID, t.AppID)
	for _, found := range entries {
		var e entry
		if json.Unmarshal(found.Value, &e) != nil {
			continue // of a version to come
		}
		t.add(found.AppID, func(trail *Trail) {
			trail.Claim = e.claim(found.At)
			trail.setResult(e.Result)
		})
	}
	return err
}

// claim is the entry for others.
func (e *entry) claim(at time.Time) *Claim {
	c := &Claim{
		State: e.State, Worker: e.Worker, At: at, Attempts: e.Attempts, EverUnknown: e.EverUnknown, Asked: e.Asked,
		Reason: e.Reason, Status: e.Status, TakenAt: e.TakenAt, HeldSince: e.HeldSince,
		Held: time.Duration(e.HeldMS) * time.Millisecond, Provider: time.Duration(e.ProviderMS) * time.Millisecond,
	}
	if e.State == stateClaimed {
		if c.ClaimedAt = e.ClaimedAt; c.ClaimedAt.IsZero() {
			c.ClaimedAt = at
		}
	}
	return c
}

// setResult also tells when the job was queued.
func (t *Trail) setResult(r *schema.Result) {
	if r == nil || t.Result != nil {
		return
	}
	t.Result, t.Lane, t.BatchID = r, r.Lane, cmp.Or(t.BatchID, r.BatchID)
	if t.QueuedAt.IsZero() {
		t.QueuedAt = r.CompletedAt.Add(-time.Duration(r.Timings.Total) * time.Millisecond)
	}
}

func (t *tracker) inQueue(ctx context.Context, q *queue.Queue) error {
	found, all, err := q.FindQueued(ctx, t.JobID, t.AppID)
	for _, one := range found {
		t.add(one.AppID, func(trail *Trail) {
			trail.Waits, trail.Lane, trail.QueuedAt, trail.To = true, one.Lane, one.At, one.Job.To
			trail.BatchID, trail.ExpiresAt = cmp.Or(one.BatchID, one.Job.BatchID), one.Job.Expiry(one.At)
		})
	}
	if err == nil && !all {
		return errNotAll
	}
	return err
}

func (t *tracker) inDead(ctx context.Context, q *queue.Queue) error {
	for letter, err := range q.Dead(ctx, queue.DeadFilter{AppID: t.AppID, ID: t.JobID}) {
		if errors.Is(err, queue.ErrUnreadable) {
			continue // it has no id to be called by
		}
		if err != nil {
			return orNotAll(ctx, err, q.RefusedToRead(schema.StreamDead))
		}
		t.add(letter.AppID, func(trail *Trail) {
			trail.Letters, trail.Lane = append(trail.Letters, letter), letter.Lane
			if trail.QueuedAt.IsZero() {
				trail.QueuedAt = letter.QueuedAt
			}
			// Of an invalid job there may be a number all the same.
			job, err := letter.Job()
			trail.To = job.To
			if err == nil {
				trail.ExpiresAt = letter.Expiry(job)
			}
		})
	}
	return nil
}

// inResults reads the whole stream: its subjects tell no job's id.
func (t *tracker) inResults(ctx context.Context, q *queue.Queue) error {
	var last error
	for result, err := range q.Results(ctx, queue.Follow{Once: true}) {
		if last = err; err != nil {
			continue // one that cannot be read; any other is the last
		}
		if result.JobID == t.JobID && (t.AppID == "" || result.AppID == t.AppID) {
			t.add(result.AppID, func(trail *Trail) { trail.setResult(&result) })
			if t.AppID != "" {
				return nil
			}
		}
	}
	return orNotAll(ctx, cmp.Or(last, ctx.Err()), q.RefusedToRead(schema.StreamResults))
}

// orNotAll tells a place that is too large from one that is forbidden, and from
// one that does not answer.
func orNotAll(ctx context.Context, err, refused error) error {
	switch {
	case err != nil && refused != nil:
		return refused
	case err != nil && ctx.Err() != nil:
		return errNotAll
	}
	return err
}
