package worker

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/schema"
)

// No slot is lost or made, however takers, givers and keepers meet.
func TestSlotsAreNeitherLostNorMade(t *testing.T) {
	s := newSlots(48)
	var users sync.WaitGroup
	for range 8 {
		users.Go(func() {
			for range 2000 {
				n := s.takeSlots(context.Background(), 1+rand.IntN(48))
				some := rand.IntN(n + 1)
				s.giveSlots(some)
				if rand.IntN(4) == 0 {
					s.keepBack(rand.IntN(40))
				}
				s.giveSlots(n - some)
			}
		})
	}
	users.Wait()
	s.keepBack(0)
	if len(s.free) != 48 || s.taken() != 0 {
		t.Errorf("%d of 48 are free, %d taken", len(s.free), s.taken())
	}
}

// After the provider has recovered all slots are there again, also when calls
// with an older limit end at the same moment.
func TestSteeringLosesNoSlot(t *testing.T) {
	for round := range 400 {
		cfg := DefaultConfig()
		w := &Worker{cfg: cfg, inflight: newInflight(cfg.Slots())}
		w.lanes = map[schema.Lane]*lane{
			schema.LaneInteractive: w.newLane(schema.LaneInteractive, cfg.InteractiveSlots),
			schema.LaneBatch:       w.newLane(schema.LaneBatch, cfg.BatchSlots),
		}
		w.inflight.limit, w.inflight.began = 60, time.Now()
		w.steered.Store(true)
		var calls sync.WaitGroup
		for i := range 64 {
			calls.Go(func() {
				if i > 32 {
					w.inflight.mu.Lock()
					w.inflight.began = time.Now().Add(-time.Hour)
					w.inflight.mu.Unlock()
				}
				w.steer(Verdict{Outcome: Accepted}, time.Millisecond)
			})
		}
		calls.Wait()
		for range 10 {
			w.inflight.began = time.Now().Add(-time.Hour)
			w.steer(Verdict{Outcome: Accepted}, time.Millisecond)
		}
		if free := len(w.lanes[schema.LaneBatch].free); free != cfg.BatchSlots {
			t.Fatalf("round %d: %d of %d batch slots are free", round, free, cfg.BatchSlots)
		}
	}
}

// A job that settles leaves its slot to the next; as many as there are slots
// settle at once, and the one too many keeps its slot until there is room.
func TestPlacesSettleBesideTheSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(3)
		var jobs []*place
		for range 3 {
			p := &place{slots: s}
			s.takeSlots(t.Context(), 1)
			p.settle()
			p.settle() // as often as one likes
			jobs = append(jobs, p)
		}
		if s.taken() != 0 {
			t.Fatalf("%d slots are taken by jobs that settle", s.taken())
		}
		one := &place{slots: s}
		s.takeSlots(t.Context(), 1)
		go one.settle()
		synctest.Wait()
		if s.taken() != 1 {
			t.Errorf("%d slots are taken by one without room to settle", s.taken())
		}
		jobs[0].leave()
		synctest.Wait()
		if s.taken() != 0 {
			t.Errorf("%d slots are taken, and there is room to settle", s.taken())
		}
		for _, p := range []*place{one, jobs[1], jobs[2]} {
			p.leave()
		}
		direct := &place{slots: s}
		s.takeSlots(t.Context(), 3)
		direct.leave()
		s.giveSlots(2)
		if len(s.free) != 3 || len(s.settling) != 0 {
			t.Errorf("%d slots are free, %d places to settle taken", len(s.free), len(s.settling))
		}
	})
}
