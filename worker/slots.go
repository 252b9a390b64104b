package worker

import (
	"context"
	"sync"
)

// slots are how many jobs of a lane may be in hand at once.
type slots struct {
	free chan struct{}

	mu sync.Mutex
	// back is how many are kept back, keep how many shall be: the rest of them
	// as they come free.
	back, keep int
}

func newSlots(n int) *slots {
	s := &slots{free: make(chan struct{}, n)}
	s.giveSlots(n)
	return s
}

// takeSlots waits for a free slot, behind others who do, and takes what else is
// free then, up to most. It returns 0 when ctx ended.
func (s *slots) takeSlots(ctx context.Context, most int) int {
	select {
	case <-s.free:
	case <-ctx.Done():
		return 0
	}
	n := 1
	for n < most {
		select {
		case <-s.free:
			n++
		default:
			return n
		}
	}
	return n
}

func (s *slots) giveSlots(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		if s.back < s.keep {
			s.back++
			continue
		}
		s.free <- struct{}{}
	}
}

// keepBack has n slots kept back from now on.
func (s *slots) keepBack(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep = n
	for s.back > s.keep {
		s.free <- struct{}{}
		s.back--
	}
	for s.back < s.keep {
		select {
		case <-s.free:
			s.back++
		default:
			return
		}
	}
}

// taken is how many jobs are in hand.
func (s *slots) taken() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return cap(s.free) - len(s.free) - s.back
}
