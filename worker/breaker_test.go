package worker

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sony/gobreaker/v2"
)

// inBubble runs a test of the breakers in virtual time and collects what they
// tell.
func inBubble(t *testing.T, change func(*Config), test func(*testing.T, *holds, func() []string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg := DefaultConfig()
		if change != nil {
			change(&cfg)
		}
		start := time.Now()
		var told []string // the breakers' lock guards it: one goroutine tells at a time here
		h := newHolds(cfg, func(e Event) {
			told = append(told, fmt.Sprintf("%s %s %s→%s %s", time.Since(start).Truncate(time.Second), e.Scope, e.From, e.To, e.Verdict.Reason))
		})
		test(t, h, func() []string { return told })
	})
}

var (
	vAccepted    = Verdict{Outcome: Accepted, Reason: reasonSent, Status: "0"}
	vUnreachable = verdict(Unknown, ruleUnreachable)
)

func coded(status string) Verdict {
	v := verdict(Refused, newTable(nil).rule(status))
	v.Status = status
	return v
}

// call makes one call with a verdict, if the breakers allow it.
func (h *holds) call(v Verdict) bool {
	p, _ := h.permit("app1", false)
	if p != nil {
		p.report(v, false, false)
	}
	return p != nil
}

func (h *holds) calls(t *testing.T, n int, v Verdict) {
	t.Helper()
	for i := range n {
		if !h.call(v) {
			t.Fatalf("call %d of %d is held", i+1, n)
		}
	}
}

func wantState(t *testing.T, b *breaker, want gobreaker.State) {
	t.Helper()
	if state, _ := b.look(); state != want {
		t.Errorf("the %s breaker is %s, want %s", b.scope, state, want)
	}
}

func TestProviderBreakerOpensOnFailuresInARow(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, h *holds, told func() []string) {
		for range 3 { // an answer in between starts the row anew
			h.calls(t, 4, vUnreachable)
			h.calls(t, 1, vAccepted)
		}
		wantState(t, h.provider, gobreaker.StateClosed)
		h.calls(t, 5, vUnreachable)
		wantState(t, h.provider, gobreaker.StateOpen)
		wantState(t, h.account, gobreaker.StateClosed)
		if h.call(vAccepted) {
			t.Error("a call while open")
		}
		if want := []string{"0s provider closed→open unreachable"}; !slices.Equal(told(), want) {
			t.Errorf("told %q, want %q", told(), want)
		}
	})
}

// A row is a row however long each failure takes: a provider that hangs is
// noticed with a long call timeout and with few jobs too.
func TestProviderBreakerOpensOnSlowFailures(t *testing.T) {
	for name, c := range map[string]struct{ took, pause time.Duration }{
		"each call hangs for 15 s":  {15 * time.Second, 0},
		"each call hangs for 60 s":  {60 * time.Second, 0},
		"one failure each 12 s":     {0, 12 * time.Second},
		"hangs of 8 s, one at once": {8 * time.Second, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, h *holds, _ func() []string) {
				for range DefaultConfig().BreakerFailures {
					p, _ := h.permit("app1", false)
					if p == nil {
						t.Fatal("open too soon")
					}
					time.Sleep(c.took)
					p.report(vUnreachable, false, false)
					time.Sleep(c.pause)
				}
				if state, _ := h.provider.look(); state == gobreaker.StateClosed {
					t.Error("still closed")
				}
			})
		})
	}
}

// Failures that never come in a row: half of 20 calls open it, fewer do not.
func TestProviderBreakerOpensOnTheRatio(t *testing.T) {
	for name, c := range map[string]struct {
		failures, successes int
		want                gobreaker.State
	}{
		"one in two":   {1, 1, gobreaker.StateOpen},
		"two in three": {2, 1, gobreaker.StateOpen},
		"one in three": {1, 2, gobreaker.StateClosed},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, h *holds, _ func() []string) {
				n := 0
				for n < 18 {
					h.calls(t, c.successes, vAccepted)
					h.calls(t, c.failures, vUnreachable)
					n += c.successes + c.failures
				}
				wantState(t, h.provider, gobreaker.StateClosed) // fewer than 20 say nothing
				for range 2 {
					h.call(vAccepted)
					h.call(vUnreachable)
				}
				wantState(t, h.provider, c.want)
			})
		})
	}
}

// What an answer says about which breaker, in a call that counts: five such
// answers while closed, and one as the probe.
func TestEvidence(t *testing.T) {
	const closed, open = gobreaker.StateClosed, gobreaker.StateOpen
	for _, c := range []struct {
		v                 Verdict
		provider, account gobreaker.State
	}{
		{vAccepted, closed, closed},
		{coded("-1"), closed, open},
		{coded("-2"), closed, open},
		{coded("-10"), closed, open},
		{coded("-16"), closed, open},
		{verdict(Refused, ruleHTTPAuth), closed, open},
		{coded("-18"), open, closed},
		{coded("-20"), closed, closed},
		{coded("-22"), closed, closed},
		{coded("-23"), closed, closed},
		{coded("-26"), closed, closed},
		{coded("-27"), closed, closed},
		{coded("-28"), closed, closed},
		{coded("-29"), closed, closed},
		{verdict(Refused, ruleThrottled), open, closed},
		{verdict(Refused, ruleHTTP4xx), closed, closed},
		{verdict(NotSent, ruleNotSent), open, closed},
		{vUnreachable, open, closed},
	} {
		t.Run(c.v.Reason+c.v.Status, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, h *holds, _ func() []string) {
				for range DefaultConfig().BreakerFailures {
					h.call(c.v)
				}
				wantState(t, h.provider, c.provider)
				wantState(t, h.account, c.account)
			})
			inBubble(t, nil, func(t *testing.T, h *holds, _ func() []string) {
				h.calls(t, DefaultConfig().BreakerFailures, vUnreachable)
				time.Sleep(6 * time.Second)
				h.calls(t, 1, c.v)
				wantState(t, h.provider, c.provider)
				wantState(t, h.account, c.account)
			})
		})
	}
}

// A failing provider says nothing about the account: a probe that found the
// provider dead leaves the account half-open.
func TestProviderFailureIsNoEvidenceForTheAccount(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, h *holds, _ func() []string) {
		h.calls(t, 1, coded("-10"))
		wantState(t, h.account, gobreaker.StateOpen)
		time.Sleep(31 * time.Second)
		h.calls(t, 1, vUnreachable)
		wantState(t, h.account, gobreaker.StateHalfOpen)
		h.calls(t, 1, vAccepted)
		wantState(t, h.account, gobreaker.StateClosed)
	})
}

// A first -16, which a fresh signature may cure, is no evidence; the next is.
func TestCurableTimestampIsNoEvidence(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, h *holds, _ func() []string) {
		for range 10 {
			p, _ := h.permit("app1", false)
			p.report(coded("-16"), false, true)
		}
		wantState(t, h.account, gobreaker.StateClosed)
		wantState(t, h.provider, gobreaker.StateClosed)
		h.calls(t, 1, coded("-16"))
		wantState(t, h.account, gobreaker.StateOpen)
	})
}

// A hold lasts at least as long as the breaker stays open, and not much longer.
func TestHoldLastsAsLongAsTheBreaker(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, h *holds, _ func() []string) {
		h.calls(t, 1, coded("-10"))
		opened := time.Now()
		for time.Since(opened) < 30*time.Second {
			least, most := time.Hour, time.Duration(0)
			left := 30*time.Second - time.Since(opened)
			for range 200 {
				p, held := h.permit("app1", false)
				if p != nil || held.do != hold || held.reason != "insufficient_balance" || held.status != "-10" {
					t.Fatalf("permit %v, %+v", p, held)
				}
				least, most = min(least, held.delay), max(most, held.delay)
			}
			if least < left || most > left+1500*time.Millisecond || most-least < holdSpread/2 {
				t.Errorf("held for %s to %s with %s left", least, most, left)
			}
			time.Sleep(700 * time.Millisecond)
		}
	})
}

// why is the verdict that opened the breaker, not one that came before.
func TestWhyIsTheVerdictThatOpened(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, h *holds, told func() []string) {
		h.calls(t, 4, vUnreachable)
		h.calls(t, 1, coded("-28"))
		h.calls(t, 4, vUnreachable)
		h.calls(t, 1, verdict(Refused, ruleThrottled))
		if why := h.provider.why(); why.Reason != reasonThrottled {
			t.Errorf("open for %q", why.Reason)
		}
		time.Sleep(6 * time.Second)
		h.calls(t, 1, vUnreachable)
		time.Sleep(6 * time.Second)
		h.calls(t, 1, vAccepted)
		want := []string{
			"0s provider closed→open throttled",
			"6s provider open→half-open throttled",
			"6s provider half-open→open unreachable",
			"12s provider open→half-open unreachable",
			"12s provider half-open→closed unreachable",
		}
		if !slices.Equal(told(), want) {
			t.Errorf("told\n%q\nwant\n%q", told(), want)
		}
	})
}
