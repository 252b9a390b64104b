package pace

import "time"

// Slow lets the whole fleet take nothing for a while, because the provider has
// asked for it: this worker from now on, the others within about a second, as
// they look at the bucket. Waits above 10 minutes are cut to that; a longer one
// that is known already stays.
func (p *Pacer) Slow(wait time.Duration) {
	if wait <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	local := p.clock.local()
	if until := local + min(wait, maxSlow); until > p.slow {
		p.slow, p.unsaid = until, p.kv != nil
		p.serve(local)
		nudge(p.urge)
	}
}
