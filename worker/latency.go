package worker

import (
	"sync/atomic"
	"time"
)

// A latency is the usual length of a call: a moving average over about the
// last ten answers. It is zero until the first.
type latency struct{ nanos atomic.Int64 }

func (l *latency) add(d time.Duration) {
	for {
		old := l.nanos.Load()
		next := old + (int64(d)-old)/10
		if old == 0 {
			next = int64(d)
		}
		if l.nanos.CompareAndSwap(old, next) {
			return
		}
	}
}

func (l *latency) usual() time.Duration { return time.Duration(l.nanos.Load()) }
