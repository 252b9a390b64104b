package console

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// barredFor is how long nobody asks again for what the broker has refused: it
// answers with silence, and each question is a warning in the worker's log.
const barredFor = time.Minute

// barred are the places that this connection may not look at.
type barred struct {
	mu sync.Mutex
	by map[string]barrier // by the place
}

type barrier struct {
	fault worker.TrailFault
	until time.Time
}

func newBarred() *barred { return &barred{by: map[string]barrier{}} }

// now is what is barred at this moment.
func (b *barred) now() (faults []worker.TrailFault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for place, one := range b.by {
		if time.Now().Before(one.until) {
			faults = append(faults, one.fault)
		} else {
			delete(b.by, place)
		}
	}
	return faults
}

// unless asks, but for what was refused within the last minute.
func (b *barred) unless(place string, ask func() error) {
	b.mu.Lock()
	refused := time.Now().Before(b.by[place].until)
	b.mu.Unlock()
	if !refused {
		b.note(worker.TrailFault{Place: place, Err: ask()})
	}
}

// note keeps a place if it has just been refused.
func (b *barred) note(fault worker.TrailFault) {
	if !errors.Is(fault.Err, queue.ErrForbidden) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.by[fault.Place] = barrier{fault, time.Now().Add(barredFor)}
}

// trails leaves out what is barred. With its app's id a worker may read a job's
// claim.
func (p *Page) trails(ctx context.Context, q *queue.Queue, s worker.Search) ([]worker.Trail, []worker.TrailFault) {
	var known []worker.TrailFault
	for _, fault := range p.barred.now() {
		if fault.Place != worker.PlaceLedger || s.AppID == "" {
			known = append(known, fault)
			s.Skip = append(s.Skip, fault.Place)
		}
	}
	trails, faults := worker.Trails(ctx, q, s)
	for _, fault := range faults {
		p.barred.note(fault)
	}
	return trails, append(faults, known...)
}
