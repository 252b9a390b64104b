package console

import (
	"context"
	"errors"
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
	// refusedFor is how long nobody asks again for what the broker refuses: it
	// does so with silence, which takes seconds to understand.
	refusedFor = time.Minute
)

// sights keep what was seen of batches for a moment.
type sights struct {
	mu   sync.Mutex
	byID map[string]batchSight
	// unmeasured and unlooked are until when these are not asked for.
	unmeasured, unlooked time.Time
}

func newSights() *sights { return &sights{byID: map[string]batchSight{}} }

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

// allowed asks, unless that was refused within the last minute.
func (s *sights) allowed(until *time.Time, ask func() error) {
	s.mu.Lock()
	refused := time.Now().Before(*until)
	s.mu.Unlock()
	if refused || !errors.Is(ask(), queue.ErrForbidden) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	*until = time.Now().Add(refusedFor)
}
