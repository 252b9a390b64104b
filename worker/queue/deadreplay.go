package queue

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/otpworker/otpworker/schema"
)

// Replay is how dead letters are replayed.
type Replay struct {
	// SendUnknown also sends what may have been sent already. Defaults to
	// false: such a letter is refused with [ErrMaybeSent].
	SendUnknown bool
	// Rate is how many letters are sent in a second. Defaults to 10.
	Rate float64
}

// Replayed is what became of one letter.
type Replayed struct {
	// Seq is the letter's.
	Seq uint64
	// JobID is the new job's. Empty: nothing was queued.
	JobID string
	// Before says that the new job had been queued by an earlier replay.
	Before bool
}

// Replay queues the job of a dead letter anew, on its lane, with an id and order
// id of its own and the expiry of the first one, and then discards the letter.
// A letter that is gone or that [Letter.CanReplay] refuses stays as it is, and
// [Refused] tells. Repeating a replay sends nothing twice.
func (q *Queue) Replay(ctx context.Context, seq uint64, r Replay) (Replayed, error) {
	done := Replayed{Seq: seq}
	letter, err := q.Letter(ctx, seq)
	if err != nil {
		return done, err
	}
	job, err := letter.again(time.Now(), r.SendUnknown)
	if err == nil {
		err = q.Publish(ctx, letter.Lane, job)
	}
	if done.Before = errors.Is(err, ErrDuplicate); err != nil && !done.Before {
		return done, fmt.Errorf("replay dead letter %d: %w", seq, err)
	}
	done.JobID = job.ID
	if err := q.Discard(ctx, seq); err != nil {
		return done, fmt.Errorf("job %s is queued, but its letter is still there: %w", job.ID, err)
	}
	return done, nil
}

// ReplayAll replays one letter after the other, no two sends closer than
// r.Rate allows; a refused letter uses up none of it. It goes on after an error.
func (q *Queue) ReplayAll(ctx context.Context, seqs []uint64, r Replay) iter.Seq2[Replayed, error] {
	if r.Rate <= 0 {
		r.Rate = 10
	}
	gap := time.Duration(float64(time.Second) / r.Rate)
	return func(yield func(Replayed, error) bool) {
		var next time.Time
		for _, seq := range seqs {
			if err := sleepUntil(ctx, next); err != nil {
				yield(Replayed{Seq: seq}, fmt.Errorf("replay dead letter %d: %w", seq, err))
				return
			}
			start := time.Now()
			done, err := q.Replay(ctx, seq, r)
			if done.JobID != "" {
				next = start.Add(gap)
			}
			if !yield(done, err) {
				return
			}
		}
	}
}

// Refused reports whether an error of a replay is about the letter; any other
// one is about the queue, and the next letter would likely meet it too.
func Refused(err error) bool {
	_, invalid := errors.AsType[schema.Faults](err)
	return invalid || errors.Is(err, ErrSealed) || errors.Is(err, ErrExpired) || errors.Is(err, ErrMaybeSent) ||
		errors.Is(err, ErrNoLetter) || errors.Is(err, ErrUnreadable)
}

func sleepUntil(ctx context.Context, t time.Time) error {
	wait := time.Until(t)
	if wait <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return context.Cause(ctx)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
