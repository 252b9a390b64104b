package pace

import (
	"maps"
	"math/rand/v2"
	"time"
)

// A claim is what a plan writes to the bucket and what it means for this worker.
type claim struct {
	ok bool
	// wait is how long to wait if it is not worth writing.
	wait     time.Duration
	state    state
	supplies []*supply
	// tells is our own time until which it tells the fleet to wait, or 0.
	tells time.Duration
}

// propose makes a claim by the last known state.
func (p *Pacer) propose() claim {
	p.mu.Lock()
	defer p.mu.Unlock()
	local := p.clock.local()
	low, high := p.clock.broker(local)
	now := low + (high-low)/2
	s, ok := p.believed(now, high)
	c := claim{}
	if p.unsaid {
		c.tells = p.slow
	}
	if p.unsaid || !ok {
		s.Slow = max(s.Slow, high+p.slow-local)
	}
	d := p.demand(local, func(sc *scope) *supply {
		sc.expire(high)
		return &supply{scope: sc, held: append([]run(nil), sc.runs...), next: s.of(sc).Next}
	})
	ripe, urgent, again := (&plan{now: now, slow: s.Slow, account: d.account, wants: d.wants}).make()
	d.mark()
	c.wait = p.turn(local, ripe, urgent, again-now)
	c.ok = c.wait == 0 || c.tells > 0
	if !ok {
		c.wait = max(0, p.bucket.wrote+between-local)
		c.ok = c.wait == 0
	}
	if c.ok {
		s.claim(d.supplies, now)
		c.state, c.supplies = s, d.supplies
	}
	return c
}

// believed is a copy of the last known state; ok is false if it had to be
// replaced.
func (p *Pacer) believed(now, high time.Duration) (s state, ok bool) {
	s = p.bucket.state
	if !p.bucket.ok || !p.allCredible(s, now) {
		return p.lost(high), false
	}
	s.Apps = maps.Clone(s.Apps)
	return s, true
}

// turn is how long to wait before a claim. One that is worth it but not urgent
// waits a little by chance, so that others can be faster, and less so the more
// often they were. p.mu is held.
func (p *Pacer) turn(local time.Duration, ripe, urgent bool, again time.Duration) (wait time.Duration) {
	b := &p.bucket
	switch {
	case urgent:
		return 0
	case ripe && b.turn == 0:
		spread := p.spread()
		b.turn = local + (spread+rand.N(spread))/time.Duration(2+2*b.late)
		fallthrough
	case ripe:
		return max(0, b.turn-local, b.wrote+between-local)
	}
	b.turn = 0
	if wait = max(again, shortest); len(p.waiters[interactive])+len(p.waiters[batch]) > 0 {
		wait = min(wait, patience)
	}
	return wait
}

// spread is how far apart workers try that wait for the same token.
func (p *Pacer) spread() time.Duration {
	if p.account == nil {
		return maxSpread
	}
	return p.account.lead / 6
}

// apply puts what was claimed at hand.
func (p *Pacer) apply(c claim) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range c.supplies {
		s.add(run{slot: s.begin, step: s.step, n: s.claimed})
	}
	p.bucket.late, p.bucket.turn = 0, 0
	if p.slow == c.tells {
		p.unsaid = false
	}
	p.serve(p.clock.local())
}

// heed waits until a time, if it is not later already. p.mu is held.
func (p *Pacer) heed(local, until time.Duration) {
	if low, _ := p.clock.broker(local); until > low {
		p.slow = max(p.slow, local+until-low)
		p.slowed.Store(true)
	}
}
