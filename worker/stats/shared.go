package stats

import (
	"context"
	"time"

	"github.com/otpworker/otpworker/worker/queue"
)

// sharedFor is how old an overview may be that is handed out again.
const sharedFor = time.Second

// Shared makes an overview for many who ask: one is made at a time, and one that
// is younger than a second is used again.
type Shared struct {
	turn chan struct{}
	// last and made belong to who has the turn.
	last Overview
	made time.Time
}

// NewShared makes one.
func NewShared() *Shared { return &Shared{turn: make(chan struct{}, 1)} }

// Look is [Look], or what it said within the last second. The overview must not
// be changed. The error is that of ctx, if it ends first.
func (s *Shared) Look(ctx context.Context, q *queue.Queue) (Overview, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return Overview{}, ctx.Err()
	}
	if s.made.IsZero() || time.Since(s.made) >= sharedFor {
		// Who asked first may go away; the others want to know all the same.
		s.last = Look(context.WithoutCancel(ctx), q)
		s.made = time.Now()
	}
	return s.last, nil
}
