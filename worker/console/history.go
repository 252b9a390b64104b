package console

import (
	"sync"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/stats"
)

// historySeconds is how far back the plots go.
const historySeconds = 300

// A sample is what stats does not keep by the second itself.
type sample struct {
	unix int64
	// p50 and p99 are the job age of the last minute, in milliseconds, over both
	// lanes' slower one; 0 without jobs.
	p50, p99 int64
	queued   uint64
	// held says that the breaker of the provider or the account was not closed.
	held bool
}

// history is the samples of the last minutes: its size is fixed.
type history struct {
	mu   sync.Mutex
	ring [historySeconds]sample
}

func newHistory() *history { return &history{} }

func (h *history) add(s sample) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ring[s.unix%historySeconds] = s
}

// last is the samples of so many seconds up to now, the oldest first; one that
// was not taken has no time.
func (h *history) last(now time.Time, length int) []sample {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]sample, length)
	for i := range all {
		unix := now.Unix() - int64(length-1-i)
		if s := h.ring[unix%historySeconds]; s.unix == unix {
			all[i] = s
		}
	}
	return all
}

// sampleOf is a sample of one worker. What is queued is the whole fleet's: each
// worker sees the queue.
func sampleOf(s stats.Snapshot) sample {
	one := sample{unix: s.At.Unix()}
	for _, lane := range schema.Lanes() {
		one.queued += s.Lanes[lane].Queued
		age := s.Age[lane].LastMinute
		one.p50, one.p99 = max(one.p50, age.P50MS), max(one.p99, age.P99MS)
	}
	for _, b := range s.Breakers {
		one.held = one.held || b.AppID == "" && !b.Closed()
	}
	return one
}
