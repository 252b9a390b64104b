package client

import (
	"slices"
	"sync"
	"time"
)

// A pool keeps connections between calls. The one that was used last goes out
// first, so that those too many grow old and are closed.
type pool struct {
	most int

	mu     sync.Mutex
	idle   []*conn
	closed bool
	// sweep closes the old ones; sweeping says that it will.
	sweep    *time.Timer
	sweeping bool
}

// take returns a kept connection that is alive, or nil.
func (p *pool) take() *conn {
	for {
		k := p.pop()
		if k == nil || k.alive() {
			return k
		}
		_ = k.Close()
	}
}

func (p *pool) pop() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.idle) - 1
	if last < 0 {
		return nil
	}
	k := p.idle[last]
	p.idle[last] = nil
	p.idle = p.idle[:last]
	return k
}

// put keeps a connection for the next call.
func (p *pool) put(k *conn) {
	k.since = time.Now()
	if !p.keep(k) {
		_ = k.Close()
	}
}

func (p *pool) keep(k *conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.idle) >= p.most {
		return false
	}
	p.idle = append(p.idle, k)
	if !p.sweeping {
		p.sweepIn(idleTimeout)
	}
	return true
}

// sweepIn has the old ones closed after a while; p.mu is held.
func (p *pool) sweepIn(d time.Duration) {
	p.sweeping = true
	if p.sweep == nil {
		p.sweep = time.AfterFunc(d, p.closeOld)
		return
	}
	p.sweep.Reset(d)
}

// closeOld closes the connections that were idle for too long.
func (p *pool) closeOld() {
	for _, k := range p.old(time.Now()) {
		_ = k.Close()
	}
}

func (p *pool) old(now time.Time) []*conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for n < len(p.idle) && now.Sub(p.idle[n].since) >= idleTimeout {
		n++
	}
	old := slices.Clone(p.idle[:n])
	p.idle = slices.Delete(p.idle, 0, n)
	p.sweeping = false
	if len(p.idle) > 0 {
		p.sweepIn(idleTimeout - now.Sub(p.idle[0].since))
	}
	return old
}

// close closes the idle connections, and those that come back later.
func (p *pool) close() {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	if p.sweep != nil {
		p.sweep.Stop()
	}
	p.mu.Unlock()
	for _, k := range idle {
		_ = k.Close()
	}
}
