package worker

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
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
