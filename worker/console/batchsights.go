package console

import (
	"context"
	"sync"
	"time"

	"github.com/otpworker/otpworker/worker/queue"
)

const (
	// sightAge is how long a batch that was counted is shown again: many may
	// look, each every second.
	sightAge = 2 * time.Second
	// maxSights bounds the batches that are kept.
	maxSights = 256
)

// sights keep what was seen of batches for a moment.
type sights struct {
	mu   sync.Mutex
	byID map[string]batchSight

	barred *barred
}

func newSights() *sights { return &sights{byID: map[string]batchSight{}, barred: newBarred()} }

func (s *sights) of(ctx context.Context, q *queue.Queue, b queue.Batch) (batchSight, error) {
	s.mu.Lock()
	kept, ok := s.byID[b.ID]
	s.mu.Unlock()
	if ok && kept.Revision == b.Revision && time.Since(kept.At) < sightAge {
		return kept, nil
	}
	sight, err := s.see(ctx, q, b)
	if err != nil {
		return batchSight{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.byID) >= maxSights {
		s.byID = map[string]batchSight{}
	}
	s.byID[b.ID] = sight
	return sight, nil
}
