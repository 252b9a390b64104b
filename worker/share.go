package worker

import (
	"context"
	"sync/atomic"
)

// maxShare bounds the intakes of one app on a lane. Its other batches take turns
// with them.
var maxShare = 64

// A share is what the intakes of one app on a lane have together. One of them at
// a time is in line for slots: an app with fifty batches gets no more than an
// app with one.
type share struct {
	turn chan struct{}
	// intakes counts those that run; the lane's mu guards it.
	intakes int
	// waiting counts the batches that have jobs and no intake.
	waiting atomic.Int64
}

func newShare() *share { return &share{turn: make(chan struct{}, 1)} }

// enter waits for the app's turn, behind its other intakes; false when ctx ended.
func (s *share) enter(ctx context.Context) bool {
	select {
	case s.turn <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *share) leave() { <-s.turn }
