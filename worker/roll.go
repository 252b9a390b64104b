package worker

import (
	"context"
	"sync"
	"time"

	"github.com/otpworker/otpworker/worker/queue"
)

// rollPatience is how long a job waits for those that were pulled with it to be
// listed.
const rollPatience = 500 * time.Millisecond

// A roll has the jobs of one pull wait for each other: an older one shall not be
// sent only because it was handled first.
type roll struct {
	complete chan struct{}

	mu sync.Mutex
	// missing counts the jobs that may still be listed, and the pull itself.
	missing int
	newest  map[string]queue.Listed
}

// A seat is one job's place on a roll. The nil seat is that of a job that waits
// for no other.
type seat struct {
	roll *roll
	left bool
}

// newRoll begins a pull's roll; nil if newer jobs cancel no older ones.
func (w *Worker) newRoll() *roll {
	if w.newest == nil {
		return nil
	}
	return &roll{complete: make(chan struct{}), missing: 1, newest: map[string]queue.Listed{}}
}

// join takes a job of the pull on.
func (r *roll) join() *seat {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.missing++
	return &seat{roll: r}
}

// end says that the pull brings no more jobs.
func (r *roll) end() {
	if r != nil {
		r.leave()
	}
}

func (r *roll) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.missing--; r.missing == 0 {
		close(r.complete)
	}
}

// leave says that nobody needs to wait for this job any more.
func (s *seat) leave() {
	if s != nil && !s.left {
		s.left = true
		s.roll.leave()
	}
}

// last tells the others of the pull of this job, waits until they have told of
// themselves, and returns the last one for its number.
func (s *seat) last(ctx context.Context, key string, mine queue.Listed) queue.Listed {
	if s == nil || s.left {
		return mine
	}
	s.roll.tell(key, mine)
	s.leave()
	timer := time.NewTimer(rollPatience)
	defer timer.Stop()
	select {
	case <-s.roll.complete:
	case <-timer.C:
	case <-ctx.Done():
	}
	s.roll.mu.Lock()
	defer s.roll.mu.Unlock()
	return s.roll.newest[key]
}

func (r *roll) tell(key string, l queue.Listed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l.At = time.Now()
	if r.newest[key].Seq < l.Seq {
		r.newest[key] = l
	}
}
