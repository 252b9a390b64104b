package pace

import (
	"encoding/json"
	"maps"
	"time"
)

// A state is what the bucket holds: how far each scope's slots have been claimed,
// and until when nothing may be taken. A scope that is missing has not been used
// lately.
type state struct {
	Account mark            `json:"account,omitzero"`
	Apps    map[string]mark `json:"apps,omitempty"`
	Slow    time.Duration   `json:"slow,omitempty"`
	// Since is when the count began anew, because it was lost or could not be.
	Since time.Duration `json:"since,omitempty"`
}

// A mark is the first slot of a scope that nobody has, and how far apart its
// slots are for the worker that claimed the last one.
type mark struct {
	Next time.Duration `json:"next"`
	Step time.Duration `json:"step"`
}

// maxSlow is the longest pause that is honoured.
const maxSlow = 10 * time.Minute

// decode reads an entry; it fails where there is none that we have written.
func decode(data []byte) (s state, ok bool) {
	err := json.Unmarshal(data, &s)
	return s, err == nil && s.Since > 0
}

// of is the mark of a scope.
func (s state) of(sc *scope) mark {
	if sc.app != "" {
		return s.Apps[sc.app]
	}
	return s.Account
}

// credible reports whether a scope's first free slot can have been claimed, also
// by a worker with a slower rate. One too far ahead cannot: the broker's clock
// has gone back.
func (s state) credible(sc *scope, now time.Duration) bool {
	m := s.of(sc)
	step := max(sc.step, min(m.Step, 2*time.Duration(float64(time.Second)/MinRate)))
	return m.Next <= now+farAhead(step)+step+farLead/2
}

// lost is the state where there was none, or none that can be believed, at a
// time that is at most high. Every scope begins a step behind the last slot that
// some worker may have claimed, by a clock that is a little ahead of ours.
func (p *Pacer) lost(high time.Duration) state {
	s := state{Since: high}
	for sc := range p.scopes() {
		s.set(sc, high+farAhead(sc.step)+sc.step+farLead/4)
	}
	return s
}

// set notes the first free slot of a scope.
func (s *state) set(sc *scope, next time.Duration) {
	m := mark{Next: next, Step: sc.step}
	switch {
	case sc.app == "":
		s.Account = m
	case s.Apps == nil:
		s.Apps = map[string]mark{sc.app: m}
	default:
		s.Apps[sc.app] = m
	}
}

// claim notes what was claimed, and forgets what says nothing any more: that a
// slot which has come is free.
func (s *state) claim(claims []*supply, now time.Duration) {
	maps.DeleteFunc(s.Apps, func(_ string, m mark) bool { return m.Next < now-farLead })
	for _, c := range claims {
		if c.claimed > 0 {
			s.set(c.scope, c.begin+time.Duration(c.claimed)*c.step)
		}
	}
	if s.Slow < now {
		s.Slow = 0
	}
}
