package worker

import (
	"context"
	"sync"
)

// slots are how many jobs of a lane may be in hand at once.
type slots struct {
	free chan struct{}
	// settling has the jobs that settle.
	settling chan struct{}

	mu sync.Mutex
	// back is how many are kept back, keep how many shall be: the rest of them
	// as they come free.
	back, keep int
}

func newSlots(n int) *slots {
	s := &slots{free: make(chan struct{}, n), settling: make(chan struct{}, n)}
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

// A place is what a job takes up: a slot while it may be with the provider, and
// then room to settle, of which there is as much. The next job's call does not
// wait for this one's result to be stored; a broker that stalls is waited for.
type place struct {
	slots    *slots
	settling bool
}

// settle leaves the slot to the next job.
func (p *place) settle() {
	if p.slots == nil || p.settling {
		return
	}
	p.slots.settling <- struct{}{}
	p.settling = true
	p.slots.giveSlots(1)
}

// leave ends it.
func (p *place) leave() {
	if p.settling {
		<-p.slots.settling
		return
	}
	p.slots.giveSlots(1)
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
