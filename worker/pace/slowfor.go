package pace

import "time"

// SlowFor is for how long from now on nothing may be taken, because the provider
// has asked for it; 0 if it has not.
func (p *Pacer) SlowFor() time.Duration {
	if !p.slowed.Load() {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(0, p.slow-p.clock.local())
}
