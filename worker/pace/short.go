package pace

import (
	"math"
	"time"
)

// short tells how much of the time lately somebody waited for a token.
type short struct {
	waiting bool
	// level is from 0 to 1, as it was at a time.
	level float64
	at    time.Duration
}

const (
	// shortSpan is how long ago it matters less, and shortFrom the level from which
	// calls wait for the rate: a claim takes its time too.
	shortSpan = time.Second
	shortFrom = 0.5
)

// note takes in whether somebody waits from now on.
func (s *short) note(local time.Duration, waiting bool) {
	if waiting != s.waiting {
		s.level, s.at, s.waiting = s.now(local), local, waiting
	}
}

func (s *short) now(local time.Duration) float64 {
	kept := math.Exp(-float64(local-s.at) / float64(shortSpan))
	if s.waiting {
		return s.level*kept + 1 - kept
	}
	return s.level * kept
}

// Short reports whether calls have waited for a token for most of the last second.
// While nothing may be taken at all it is not the rate that they wait for.
func (p *Pacer) Short() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	local := p.clock.local()
	return local >= p.slow && p.short.now(local) >= shortFrom
}
