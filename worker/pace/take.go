package pace

import (
	"context"
	"slices"
	"time"
)

// Tokens are the right to make N calls for one app, now.
type Tokens struct {
	N int

	first bool
	// account and app are the slots of the oldest of them.
	account, app time.Duration
}

// A waiter is a call of Take that found no token.
type waiter struct {
	*group
	class, most int
	got         Tokens
	ready       chan struct{}
}

// counts is how many tokens are claimed for a waiter. One for a login: a slot far
// ahead that nobody needs in the end is lost for the batch.
func (w *waiter) counts() int {
	if w.class == interactive {
		return 1
	}
	return w.most
}

// Take waits until at least one token for a call of the app is there, or ctx
// ends, and takes those that are there, 1 to most. Interactive calls (first) go
// before others; calls of a class are served in their order, unless only their
// app's rate holds them up. Where nothing limits it returns most at once.
//
// A token is for a call that is made within about 0.1 s: see InTime.
func (p *Pacer) Take(ctx context.Context, appID string, first bool, most int) (Tokens, error) {
	most = max(1, most)
	if !p.Limits(appID) {
		return Tokens{N: most, first: first}, nil
	}
	g, class := p.group(appID), class(first)
	p.mu.Lock()
	local := p.clock.local()
	if !p.account.isStarved(class) && !g.scope.isStarved(class) {
		if t := p.grab(local, g, first, most); t.N > 0 {
			few := p.few(g)
			p.mu.Unlock()
			if few {
				nudge(p.kick)
			}
			return t, nil
		}
	}
	w := &waiter{group: g, class: class, most: most, ready: make(chan struct{})}
	p.wait(local, w)
	p.mu.Unlock()
	if first {
		nudge(p.urge)
	}
	nudge(p.kick)
	select {
	case <-w.ready:
		return w.got, nil
	case <-ctx.Done():
		return p.leave(w, ctx.Err())
	}
}

// Return gives back tokens that were taken and not used. They are of use only
// within a fraction of a second, here, and lost otherwise.
func (p *Pacer) Return(appID string, t Tokens, unused int) {
	unused = min(unused, t.N)
	if unused <= 0 || t.account == 0 && t.app == 0 {
		return
	}
	g := p.group(appID)
	p.mu.Lock()
	defer p.mu.Unlock()
	local := p.clock.local()
	g.recent[class(t.first)].add(local, -unused)
	p.account.putBack(run{slot: t.account, n: unused})
	g.scope.putBack(run{slot: t.app, n: unused})
	p.serve(local)
}

// InTime reports whether the calls may still be made that tokens were taken for;
// to be asked right before each. If not, because it is too late by now or the
// provider wants a pause, the tokens are lost: take anew.
func (p *Pacer) InTime(appID string, t Tokens) bool {
	if !p.Limits(appID) {
		return true
	}
	g := p.group(appID)
	p.mu.Lock()
	defer p.mu.Unlock()
	local := p.clock.local()
	_, high := p.clock.broker(local)
	return local >= p.slow && p.account.inTime(t.account, high) && g.scope.inTime(t.app, high)
}

// inTime reports whether a call may be made with a slot at a time that is at
// most high.
func (s *scope) inTime(slot, high time.Duration) bool {
	return s == nil || high <= slot+s.late+s.grace
}

// putBack is add for returned tokens. Each counts as the oldest of those it was
// taken with.
func (s *scope) putBack(r run) {
	if s != nil && r.slot != 0 && len(s.runs) < maxRuns {
		s.add(r)
	}
}

// grab takes tokens that may be used now: one of the account and one of the app
// for each call, or none. p.mu is held.
func (p *Pacer) grab(local time.Duration, g *group, first bool, most int) Tokens {
	if local < p.slow {
		return Tokens{}
	}
	low, high := p.clock.broker(local)
	p.account.expire(high)
	g.scope.expire(high)
	n := g.scope.usable(low, first, p.account.usable(low, first, most))
	if n == 0 {
		return Tokens{}
	}
	g.recent[class(first)].add(local, n)
	return Tokens{N: n, first: first, account: p.account.take(low, first, n), app: g.scope.take(low, first, n)}
}

// few reports whether it may be time to claim more.
func (p *Pacer) few(g *group) bool {
	return len(p.waiters[batch]) > 0 || p.account != nil && p.account.left < p.account.low || g.scope != nil && g.scope.left < g.scope.low
}

// leave takes a waiter out whose context has ended. What it was given in this
// very moment counts.
func (p *Pacer) leave(w *waiter, err error) (Tokens, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.got.N > 0 {
		return w.got, nil
	}
	if at := slices.Index(p.waiters[w.class], w); at >= 0 {
		p.waiters[w.class] = slices.Delete(p.waiters[w.class], at, at+1)
	}
	p.serve(p.clock.local()) // those behind it may go on
	return Tokens{}, err
}
