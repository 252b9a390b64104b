package worker

import (
	"fmt"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
)

var decideNow = time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)

// outcomeOf is what an attempt with a row's answer is.
func outcomeOf(r Rule) Outcome {
	switch r.Reason {
	case reasonSent:
		return Accepted
	case reasonUnreachable:
		return Unknown
	case reasonNotSent:
		return NotSent
	}
	return Refused
}

// rowVerdict is what classify makes of a row.
func rowVerdict(r Rule) Verdict {
	v := verdict(outcomeOf(r), r)
	for _, coded := range rules {
		if coded.Status == r.Status {
			v.Status = r.Status
		}
	}
	return v
}

// What becomes of each row, in words: with time left, and once the next
// attempt could not end in time. The usual call takes 400 ms, the schedule
// says 2 s, account and app stay on hold for 30 s, the record shows in 18 s.
func TestDecideEveryRow(t *testing.T) {
	const (
		sent     = "conclude sent"
		rejected = "conclude rejected"
		expired  = "conclude expired"
		again    = "retry 2s"
		ask      = "reconcile 18s"
		held     = "hold 30s"
	)
	for _, c := range []struct{ status, intime, late string }{
		{"0", sent, sent},
		{"-1", held, "hold 2.3s"},
		{"-2", held, "hold 2.3s"},
		{"-10", held, "hold 2.3s"},
		{"-16", "retry 0s", "retry 0s"},
		{"-18", ask, ask},
		{"-20", ask, ask},
		{"-21", rejected, rejected},
		{"-22", rejected, rejected},
		{"-23", held, "hold 2.3s"},
		{"-24", rejected, rejected},
		{"-25", rejected, rejected},
		{"-26", ask, ask},
		{"-27", held, "hold 2.3s"},
		{"-28", rejected, rejected},
		{"-29", rejected, rejected},
		{ruleUnlisted.Status, ask, ask},
		{ruleThrottled.Status, again, expired},
		{ruleHTTP4xx.Status, rejected, rejected},
		{ruleHTTPAuth.Status, held, "hold 2.3s"},
		{ruleUnreachable.Status, ask, ask},
		{ruleNotSent.Status, again, expired},
	} {
		t.Run(c.status, func(t *testing.T) {
			v := rowVerdict(ruleOf(t, c.status))
			for left, want := range map[time.Duration]string{
				5 * time.Minute:         c.intime,
				2400 * time.Millisecond: c.intime, // to the last moment
				2300 * time.Millisecond: c.late,
			} {
				if left == 2400*time.Millisecond && want == held {
					want = "hold 2.4s" // not beyond the expiry
				}
				s := situation{
					now: decideNow, expiresAt: decideNow.Add(left), usual: 400 * time.Millisecond,
					backoff: 2 * time.Second, onHold: 30 * time.Second, askAfter: decideNow.Add(18 * time.Second),
				}
				if v.Scope == ScopeProvider {
					s.onHold = 0 // its breaker is closed
				}
				d := decide(v, s)
				if got := inWords(d); got != want {
					t.Errorf("%s left: %s, want %s", left, got, want)
				}
				if d.reason != v.Reason || d.status != v.Status {
					t.Errorf("%s left: reason %q status %q, want %q %q", left, d.reason, d.status, v.Reason, v.Status)
				}
			}
		})
	}
}

func TestDecideSpecialCases(t *testing.T) {
	base := situation{
		now: decideNow, expiresAt: decideNow.Add(time.Minute), usual: 400 * time.Millisecond,
		backoff: 2 * time.Second, onHold: 30 * time.Second, askAfter: decideNow.Add(18 * time.Second),
	}
	for name, c := range map[string]struct {
		status string
		change func(*situation, *Verdict)
		want   string
	}{
		"-16 again holds":                    {"-16", func(s *situation, _ *Verdict) { s.resigned = true }, "hold 30s"},
		"-16 first, the call would be late":  {"-16", func(s *situation, _ *Verdict) { s.expiresAt = s.now.Add(399 * time.Millisecond) }, "conclude expired"},
		"-28 after an unknown attempt":       {"-28", func(s *situation, _ *Verdict) { s.everUnknown = true }, "reconcile 18s"},
		"-29 after an unknown attempt":       {"-29", func(s *situation, _ *Verdict) { s.everUnknown = true }, "conclude rejected"},
		"the record would show already":      {"-18", func(s *situation, _ *Verdict) { s.askAfter = s.now.Add(-time.Second) }, "reconcile 0s"},
		"asked even when expired":            {"-18", func(s *situation, _ *Verdict) { s.expiresAt = s.now.Add(-time.Second) }, "reconcile 18s"},
		"rejected even when expired":         {"-29", func(s *situation, _ *Verdict) { s.expiresAt = s.now.Add(-time.Second) }, "conclude rejected"},
		"sent even when expired":             {"0", func(s *situation, _ *Verdict) { s.expiresAt = s.now.Add(-time.Second) }, "conclude sent"},
		"Retry-After is a floor":             {ruleThrottled.Status, func(_ *situation, v *Verdict) { v.RetryAfter = 7 * time.Second }, "retry 7s"},
		"Retry-After is no ceiling":          {ruleThrottled.Status, func(_ *situation, v *Verdict) { v.RetryAfter = time.Second }, "retry 2s"},
		"Retry-After beyond the expiry":      {ruleThrottled.Status, func(_ *situation, v *Verdict) { v.RetryAfter = time.Hour }, "conclude expired"},
		"a hold ends at the expiry":          {"-10", func(s *situation, _ *Verdict) { s.expiresAt = s.now.Add(3 * time.Second) }, "hold 3s"},
		"no hold at the expiry":              {"-10", func(s *situation, _ *Verdict) { s.expiresAt = s.now }, "conclude expired"},
		"the account's breaker is half-open": {"-10", func(s *situation, _ *Verdict) { s.onHold = 0 }, "hold 0s"},
		"the provider's breaker has opened":  {ruleNotSent.Status, func(s *situation, _ *Verdict) { s.onHold = time.Second }, "hold 1s"},
		"and Retry-After asks for more":      {ruleThrottled.Status, func(s *situation, v *Verdict) { s.onHold, v.RetryAfter = time.Second, 7*time.Second }, "retry 7s"},
		"before the first answer":            {ruleNotSent.Status, func(s *situation, _ *Verdict) { s.usual, s.expiresAt = 0, s.now.Add(2*time.Second) }, "retry 2s"},
	} {
		t.Run(name, func(t *testing.T) {
			s, v := base, rowVerdict(ruleOf(t, c.status))
			if v.Scope == ScopeProvider {
				s.onHold = 0 // its breaker is closed
			}
			c.change(&s, &v)
			if got := inWords(decide(v, s)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func inWords(d decision) string {
	if d.do == conclude {
		return fmt.Sprint(d.do, " ", d.outcome)
	}
	return fmt.Sprint(d.do, " ", d.delay)
}

func ruleOf(t *testing.T, status string) Rule {
	t.Helper()
	for _, r := range Rules() {
		if r.Status == status {
			return r
		}
	}
	t.Fatalf("no rule for %q", status)
	return Rule{}
}

// broken names the promises that a decision breaks.
func broken(v Verdict, s situation, d decision) (promises []string) {
	promise := func(kept bool, words string) {
		if !kept {
			promises = append(promises, words)
		}
	}
	left := s.expiresAt.Sub(s.now)
	maybeSent := v.Outcome == Unknown || v.Class == ClassUnknown
	promise(d.delay >= 0, "no delay is negative")
	promise(d.do != retry || d.delay+s.usual <= left, "no retry ends after the expiry")
	promise(d.do != hold || d.delay <= left, "no hold goes beyond the expiry")
	promise(d.do != retry || d.delay >= v.RetryAfter, "Retry-After is a floor")
	promise(d.do != retry || d.delay >= s.backoff || v.Reason == reasonTimestamp && !s.resigned, "the schedule is a floor")
	promise(!maybeSent || d.do == reconcile, "what may have been sent is asked about, not sent again and not rejected")
	promise(d.do != reconcile || !s.now.Add(d.delay).Before(s.askAfter), "nobody asks before the record would show")
	promise(d.outcome != schema.OutcomeRejected || v.Class == Permanent, "only a permanent refusal is rejected")
	promise(v.Reason != reasonPhoneLimit || !s.everUnknown || d.do == reconcile, "a phone limit that we may have caused is asked about")
	promise(d.do != hold || v.Scope == ScopeAccount || v.Scope == ScopeApp || v.Scope == ScopeProvider && s.onHold > 0, "only what is on hold holds")
	promise((d.outcome == schema.OutcomeSent) == (v.Outcome == Accepted), "accepted is sent, and nothing else is")
	promise(d.outcome != schema.OutcomeExpired || left < max(s.backoff, v.RetryAfter)+s.usual || left <= 0, "nothing expires with time left")
	promise(d.reason == v.Reason && d.status == v.Status, "the decision carries the reason")
	return promises
}

// situations calls yield with every row of the table in every situation.
func situations(yield func(Verdict, situation)) {
	for _, r := range Rules() {
		for _, retryAfter := range []time.Duration{0, 7 * time.Second, time.Hour} {
			v := rowVerdict(r)
			if v.RetryAfter = retryAfter; retryAfter > 0 && r != ruleThrottled {
				continue // no other answer carries one
			}
			for _, left := range []time.Duration{-time.Hour, 0, 1, 399 * time.Millisecond, 400 * time.Millisecond, 3 * time.Second, time.Hour} {
				for _, usual := range []time.Duration{0, 400 * time.Millisecond} {
					for _, backoff := range []time.Duration{0, 500 * time.Millisecond, 30 * time.Second} {
						for _, account := range []time.Duration{0, 30 * time.Second} {
							for _, ask := range []time.Duration{-time.Minute, 0, 18 * time.Second} {
								for flags := range 4 {
									yield(v, situation{
										now: decideNow, expiresAt: decideNow.Add(left), usual: usual, backoff: backoff,
										onHold: account, askAfter: decideNow.Add(ask),
										resigned: flags&1 != 0, everUnknown: flags&2 != 0,
									})
								}
							}
						}
					}
				}
			}
		}
	}
}

func TestDecideKeepsItsPromises(t *testing.T) {
	n, told := 0, map[string]bool{}
	situations(func(v Verdict, s situation) {
		n++
		d := decide(v, s)
		for _, promise := range broken(v, s, d) {
			if !told[promise] {
				t.Errorf("%s: %+v in %+v gives %+v", promise, v, s, d)
			}
			told[promise] = true
		}
	})
	t.Logf("%d situations", n)
}

// The negative control: each guard taken out breaks its promise.
func TestDecideWithoutItsGuards(t *testing.T) {
	for promise, without := range map[string]func(Verdict, situation) decision{
		"what may have been sent is asked about, not sent again and not rejected": func(v Verdict, s situation) decision {
			if v.Class == ClassUnknown {
				v.Outcome, v.Class = Refused, Transient
			}
			return decide(v, s)
		},
		"no retry ends after the expiry": func(v Verdict, s situation) decision {
			s.expiresAt = s.expiresAt.Add(24 * time.Hour)
			return decide(v, s)
		},
		"Retry-After is a floor": func(v Verdict, s situation) decision {
			v.RetryAfter = 0
			return decide(v, s)
		},
		"nobody asks before the record would show": func(v Verdict, s situation) decision {
			s.askAfter = s.now
			return decide(v, s)
		},
		"a phone limit that we may have caused is asked about": func(v Verdict, s situation) decision {
			s.everUnknown = false
			return decide(v, s)
		},
	} {
		t.Run(promise, func(t *testing.T) {
			found := 0
			situations(func(v Verdict, s situation) {
				for _, p := range broken(v, s, without(v, s)) {
					if p == promise {
						found++
					}
				}
			})
			if found == 0 {
				t.Error("the promise is kept without its guard: the check proves nothing")
			}
		})
	}
}
