package worker

import (
	"sync"
	"time"
)

// A latency is the usual length of a call: a moving average over about the
// last ten answers. It is zero until the first, and halves with every ten
// seconds without one: jobs that are given up because calls are slow make no
// calls, and would be given up for ever.
type latency struct {
	mu      sync.Mutex
	average time.Duration
	at      time.Time
}

const latencyHalfLife = 10 * time.Second

func (l *latency) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.average == 0 {
		l.average = d
	}
	l.average += (d - l.average) / 10
	l.at = time.Now()
}

func (l *latency) usual() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.average >> min(62, time.Since(l.at)/latencyHalfLife)
}
