package pace

import (
	"context"
	"time"
)

// quantum is how long batch calls wait at least: at a high rate they get some
// tokens at a time and not each one by itself.
const quantum = 10 * time.Millisecond

// serves gives tokens to those who wait, as their time comes.
func (p *Pacer) serves(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for ctx.Err() == nil {
		p.mu.Lock()
		local := p.clock.local()
		if local >= p.due {
			p.give(local)
		}
		wait := p.due - local
		p.mu.Unlock()
		timer.Reset(max(wait, 1))
		select {
		case <-timer.C:
		case <-p.rearm:
		case <-ctx.Done():
		}
	}
}

// wait puts a waiter in line. p.mu is held.
func (p *Pacer) wait(local time.Duration, w *waiter) {
	p.waiters[w.class] = append(p.waiters[w.class], w)
	p.short.note(local, true)
	p.starve(local, w)
	if at := p.ready(local, w); at < p.due {
		p.due = at
		nudge(p.rearm)
	}
}

// serve is give out of turn. p.mu is held.
func (p *Pacer) serve(local time.Duration) {
	p.give(local)
	nudge(p.rearm)
}

// give gives what may be used now to those who wait, interactive calls first,
// and notes who could not be served for lack of what. p.mu is held.
func (p *Pacer) give(local time.Duration) {
	p.slowed.Store(local < p.slow)
	p.due, p.served = never, local
	p.unstarve()
	for class, line := range p.waiters {
		left := line[:0]
		for _, w := range line {
			if w.got = p.grab(local, w.group, class == interactive, w.most); w.got.N > 0 {
				close(w.ready)
				continue
			}
			left = append(left, w)
			p.starve(local, w)
			p.due = min(p.due, p.ready(local, w))
		}
		clear(line[len(left):])
		p.waiters[class] = left
	}
	p.short.note(local, len(p.waiters[interactive])+len(p.waiters[batch]) > 0)
	if p.slow > local {
		p.due = min(p.due, p.slow)
	}
}

// ready is our own time at which a waiter can be served with the tokens at hand.
func (p *Pacer) ready(local time.Duration, w *waiter) time.Duration {
	first := w.class == interactive
	slot := max(p.account.ready(first), w.scope.ready(first))
	if slot == never {
		return never
	}
	at := max(local+p.clock.in(local, slot), p.slow)
	if !first {
		at = max(at, p.served+quantum)
	}
	return at
}

// starve notes what a waiter lacks.
func (p *Pacer) starve(local time.Duration, w *waiter) {
	low, _ := p.clock.broker(local)
	for _, s := range [...]*scope{p.account, w.scope} {
		if s.usable(low, w.class == interactive, 1) == 0 && !s.starved[w.class] {
			s.starved[w.class] = true
			p.starving = append(p.starving, s)
		}
	}
}

func (p *Pacer) unstarve() {
	for _, s := range p.starving {
		s.starved = [2]bool{}
	}
	p.starving = p.starving[:0]
}
