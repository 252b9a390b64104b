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
	// fleet says that all workers were asked.
	fleet bool
}

// history is the samples of the last minutes: its size is fixed.
type history struct {
	mu   sync.Mutex
	ring [historySeconds]sample
}

func newHistory() *history { return &history{} }

// add keeps a sample; the fleet's is not replaced by one worker's.
func (h *history) add(s sample) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if was := h.ring[s.unix%historySeconds]; was.unix == s.unix && was.fleet && !s.fleet {
		return
	}
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
		one.age(s.Age[lane].LastMinute)
	}
	for _, b := range s.Breakers {
		one.held = one.held || b.AppID == "" && !b.Closed()
	}
	return one
}

// sampleOfFleet takes the place of what one worker knew of the same second.
func sampleOfFleet(o *stats.Overview) sample {
	all := sample{unix: o.At.Unix(), fleet: true}
	for _, lane := range schema.Lanes() {
		all.queued += o.Lanes[lane].Jobs
		all.age(o.Age(lane))
	}
	if faulty(o, "lanes") {
		for _, w := range o.Workers {
			all.queued = max(all.queued, sampleOf(w).queued)
		}
	}
	for _, h := range o.Breakers() {
		all.held = all.held || h.AppID == ""
	}
	return all
}

func (s *sample) age(p stats.Percentiles) { s.p50, s.p99 = max(s.p50, p.P50MS), max(s.p99, p.P99MS) }
