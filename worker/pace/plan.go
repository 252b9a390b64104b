package pace

import (
	"math"
	"time"
)

// A supply is what a plan may give out of a scope: the tokens at hand, oldest
// first, then the slots that nobody has.
type supply struct {
	*scope
	held []run
	// next is the first slot that nobody has; claimed ones begin at begin.
	next, begin time.Duration
	claimed     int
	// sharers are the wants that could use more of it.
	sharers int
}

// peek is the slot of the next token; a fresh one has to be claimed. Claims
// begin at floor where earlier slots were left unused.
func (s *supply) peek(floor time.Duration) (slot time.Duration, fresh bool) {
	for len(s.held) > 0 && s.held[0].n == 0 {
		s.held = s.held[1:]
	}
	if len(s.held) > 0 {
		return s.held[0].slot, false
	}
	if s.claimed == 0 {
		s.begin = max(s.next, floor)
	}
	return s.begin + time.Duration(s.claimed)*s.step, true
}

func (s *supply) pop(fresh bool) {
	switch {
	case s == nil:
	case fresh:
		s.claimed++
	default:
		s.held[0].cut(1)
	}
}

// A plan is what to claim for whom, by the last known state of the bucket. It is
// made without the bucket and written with compare-and-set.
type plan struct {
	now, slow time.Duration
	account   *supply // nil: no limit
	wants     []*want
}

// An offer is a token of one scope and when it may be used.
type offer struct {
	*supply
	slot, from, to time.Duration
	fresh, far     bool
}

// offer looks at the next token of a scope. What is claimed begins not far
// before base.
func (p *plan) offer(s *supply, base time.Duration, first bool) offer {
	if s == nil {
		return offer{slot: base, to: math.MaxInt64}
	}
	slot, fresh := s.peek(max(base-s.back, p.slow))
	o := offer{supply: s, slot: slot, from: slot, to: slot + s.late, fresh: fresh}
	if first {
		o.from -= s.early
	}
	o.far = fresh && slot > p.now+s.ahead(first)
	return o
}

// make gives tokens to all wants in turn, interactive ones first, and reports
// whether to claim them now, and whether that is urgent; if not, again is when
// to look again.
func (p *plan) make() (ok, urgent bool, again time.Duration) {
	for _, first := range []bool{true, false} {
		for more := true; more; {
			more = false
			for _, w := range p.wants {
				if w.first == first && !w.done {
					p.give(w)
					more = more || !w.done
				}
			}
		}
	}
	again = never
	for _, w := range p.wants {
		ripe, at := w.ripe()
		ok, urgent = ok || ripe, urgent || w.urgent()
		again = min(again, at)
	}
	return ok, urgent, again
}

// give adds one token of the account and one of the app to a want, if both can
// be used at one time, or notes which of them is missing: neither is claimed
// alone.
func (p *plan) give(w *want) {
	for w.got < w.total {
		x := p.offer(p.account, p.now, w.first)
		y := p.offer(w.app, max(p.now, x.slot), w.first)
		older, newer := x, y
		if y.to < x.to {
			older, newer = y, x
		}
		from := max(x.from, y.from, p.now)
		switch {
		case x.far:
			w.block(x)
		case y.far:
			w.block(y)
		case older.to-from >= older.slack:
			w.atOnce = w.atOnce || from == p.now && (x.fresh || y.fresh)
			w.add(x, y)
			return
		case !older.fresh:
			older.held[0].cut(1) // too old for anything
			continue
		default:
			w.block(newer)
		}
		return
	}
	w.done = true
}

func (w *want) block(o offer) {
	w.done, w.blocker, w.slot = true, o.supply, o.slot
	o.sharers++
}

func (w *want) add(x, y offer) {
	x.pop(x.fresh)
	y.pop(y.fresh)
	w.got++
	if x.fresh || y.fresh {
		w.fresh++
	}
	w.done = w.got == w.total
}
