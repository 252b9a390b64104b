package worker

import (
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/otpworker/otpworker/schema"
)

// Gauges is how a worker stands at this moment. It costs no request.
type Gauges struct {
	// Lanes is empty until [Worker.Run] pulls.
	Lanes map[schema.Lane]LaneGauges
	// Provider and Account are the states of the breakers: closed, open or
	// half-open.
	Provider, Account string
	// Apps counts the apps whose breaker is open or half-open, by state.
	Apps map[string]int
	// Skew is how far the broker's clock was ahead of ours when it was last
	// looked at.
	Skew time.Duration
}

// LaneGauges are a lane's slots: those of a job in hand, those that are free,
// and all of them. What is left over is kept back while the provider is slow.
type LaneGauges struct {
	InHand, Free, Slots int
}

// Gauges may be called at any time.
func (w *Worker) Gauges() Gauges {
	provider, _ := w.holds.provider.look()
	account, _ := w.holds.account.look()
	g := Gauges{
		Provider: provider.String(), Account: account.String(), Apps: w.holds.count(),
		Lanes: map[schema.Lane]LaneGauges{}, Skew: w.skew(),
	}
	if w.life.works.Load() {
		for name, l := range w.lanes {
			g.Lanes[name] = LaneGauges{InHand: l.taken(), Free: len(l.free), Slots: cap(l.free)}
		}
	}
	return g
}

// count is how many apps are on hold, by the state of their breaker.
func (h *holds) count() map[string]int {
	h.mu.Lock()
	all := make([]*breaker, 0, len(h.apps))
	for _, b := range h.apps {
		all = append(all, b)
	}
	h.mu.Unlock()
	// Without the lock: a look may change a breaker's state, and tells of it.
	n := map[string]int{}
	for _, b := range all {
		if state, _ := b.look(); state != gobreaker.StateClosed {
			n[state.String()]++
		}
	}
	return n
}
