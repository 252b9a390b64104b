package worker

import (
	"testing"
	"time"

	"github.com/sony/gobreaker/v2"
)

func TestHalfOpenAllowsOneCall(t *testing.T) {
	for name, c := range map[string]struct {
		open  Verdict
		after time.Duration
		which func(*holds) *breaker
	}{
		"provider": {vUnreachable, 5001 * time.Millisecond, func(h *holds) *breaker { return h.provider }},
		"account":  {coded("-1"), 30001 * time.Millisecond, func(h *holds) *breaker { return h.account }},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, h *holds, told func() []string) {
				for h.call(c.open) {
				}
				time.Sleep(c.after)
				wantState(t, c.which(h), gobreaker.StateHalfOpen)
				p, _ := h.permit("app1", false)
				if p == nil {
					t.Fatal("no permit for a probe")
				}
				for range 50 {
					other, held := h.permit("app1", false)
					if other != nil || held.do != hold || held.delay < holdSpread || held.reason != c.open.Reason {
						t.Fatalf("beside the probe: permit %v, %+v", other, held)
					}
				}
				p.report(coded("-22"), false, false) // a business answer proves both alive
				wantState(t, c.which(h), gobreaker.StateClosed)
				h.calls(t, 100, vAccepted)
				if n := len(told()); n != 3 {
					t.Errorf("told %q, want three transitions", told())
				}
			})
		})
	}
}

// Our own cancel frees the place of the probe and decides nothing, however
// often it happens.
func TestCancelledProbesFreeTheirPlace(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, h *holds, _ func() []string) {
		h.calls(t, 5, vUnreachable)
		time.Sleep(6 * time.Second)
		for i := range 1000 {
			p, _ := h.permit("app1", false)
			if p == nil {
				t.Fatalf("no permit after %d cancelled probes", i)
			}
			if i%2 == 0 {
				p.cancel()
			} else {
				p.report(vUnreachable, true, false)
			}
			wantState(t, h.provider, gobreaker.StateHalfOpen)
		}
		h.calls(t, 1, vAccepted)
		wantState(t, h.provider, gobreaker.StateClosed)
	})
}

// The same while one of the two breakers refuses: the other's place is given
// back.
func TestRefusedPermitFreesTheAccount(t *testing.T) {
	inBubble(t, func(c *Config) { c.BreakerOpen = time.Minute }, func(t *testing.T, h *holds, _ func() []string) {
		h.calls(t, 4, vUnreachable)
		failing, _ := h.permit("app1", false)
		h.calls(t, 1, coded("-10"))
		failing.report(vUnreachable, false, false)
		wantState(t, h.provider, gobreaker.StateClosed) // -10 is an answer
		time.Sleep(31 * time.Second)
		h.provider.trip(t)
		for i := range 1000 {
			if p, held := h.permit("app1", false); p != nil || held.reason != reasonUnreachable {
				t.Fatalf("%d: permit %v, %+v", i, p, held)
			}
		}
		time.Sleep(61 * time.Second)
		h.calls(t, 1, vAccepted)
		wantState(t, h.account, gobreaker.StateClosed)
	})
}

// trip opens a breaker by itself.
func (b *breaker) trip(t *testing.T) {
	t.Helper()
	for {
		report, ok := b.allow()
		if !ok {
			return
		}
		report(vUnreachable, errFailed)
	}
}

// The negative control: a permit that nobody reports keeps the breaker
// half-open for ever. That is why every path has to report.
func TestUnreportedProbeHangsTheBreaker(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, h *holds, _ func() []string) {
		h.calls(t, 5, vUnreachable)
		time.Sleep(6 * time.Second)
		if p, _ := h.permit("app1", false); p == nil {
			t.Fatal("no permit for a probe")
		}
		time.Sleep(24 * time.Hour)
		if h.call(vAccepted) {
			t.Error("a permit beside one that was never reported")
		}
		wantState(t, h.provider, gobreaker.StateHalfOpen)
	})
}
