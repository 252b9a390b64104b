package pace

import "time"

// Space sets how far apart a worker's slots of an app are; "": of the account.
func (p *Pacer) Space(app string, step time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for s := range p.scopes() {
		if s.app == app {
			s.step = step
		}
	}
}

// Punctual makes a worker use no token before its slot, for a login neither.
func (p *Pacer) Punctual() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.account.early = 0
}

// Hoard makes a worker claim d ahead for a batch.
func (p *Pacer) Hoard(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.account.lead, p.account.late = d, d
}

// TrustNow makes a worker believe its own clock instead of the broker's.
func (p *Pacer) TrustNow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	off := time.Duration(p.clock.zero.UnixNano())
	p.clock.known, p.clock.low, p.clock.high, p.clock.at = true, off, off, never
}

// Stock puts n tokens of an app at hand that may be used from now on for long.
func (p *Pacer) Stock(app string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clock.known, p.clock.low, p.clock.high = true, time.Hour, time.Hour
	low, _ := p.clock.broker(p.clock.local())
	for _, s := range []*scope{p.account, p.group(app).scope} {
		s.runs, s.left = s.runs[:0], 0
		s.late = time.Hour
		s.add(run{slot: low, n: n})
	}
}
