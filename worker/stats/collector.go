package stats

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// A Source is a worker that tells how it is.
type Source interface{ Condition() worker.Condition }

// A Collector counts the events of one worker. Its size is fixed.
type Collector struct {
	version string
	began   time.Time
	source  atomic.Pointer[Source]
	oldest  oldest

	mu       sync.Mutex
	recent   recent
	total    [counted]uint64
	results  [kinds][]uint64 // by reason
	attempts [classes]uint64
	aside    []uint64 // by reason
	ages     [lanes]ages
	asked    uint64
	found    uint64
	last     time.Time
}

// Lanes and classes as places in an array.
const (
	interactive = iota
	batch
	lanes
)

const (
	accepted = iota
	permanent
	transient
	classUnknown
	classes
)

// NewCollector makes the collector of one worker, whose program has the version
// given. Its Observe belongs into the worker's configuration, and the worker
// then into Watch.
func NewCollector(version string) *Collector {
	c := &Collector{version: version, began: time.Now(), aside: make([]uint64, len(reasons))}
	for kind := range c.results {
		c.results[kind] = make([]uint64, len(reasons))
	}
	return c
}

// Watch names the worker whose condition the snapshots tell. Until then it is
// one that starts.
func (c *Collector) Watch(s Source) { c.source.Store(&s) }

// Observe takes an event in. It is for [worker.Config].Observe.
func (c *Collector) Observe(e worker.Event) {
	switch e.Kind {
	case worker.KindTaken:
		c.mu.Lock()
		c.count(e.Time, taken)
		c.mu.Unlock()
	case worker.KindResult:
		kind, reason, lane, age := kindOf(e.Result.Outcome), reasonOf(e.Result.Reason), laneOf(e.Lane), bucketOf(e.Result.Timings.Total)
		c.mu.Lock()
		c.count(e.Time, kind)
		if r := e.Result.Reason; kind == expired && (r == worker.ReasonCancelled || r == worker.ReasonSuperseded) {
			c.count(e.Time, withdrawn)
		}
		c.results[kind][reason]++
		c.ages[lane][age]++
		c.recent.age(e.Time.Unix(), lane, age)
		c.last = e.Time
		c.mu.Unlock()
	case worker.KindAttempt:
		class := classOf(e.Verdict)
		c.mu.Lock()
		c.attempts[class]++
		c.mu.Unlock()
	case worker.KindAside:
		reason := reasonOf(e.Verdict.Reason)
		c.mu.Lock()
		c.aside[reason]++
		c.mu.Unlock()
	case worker.KindAsked:
		c.mu.Lock()
		c.asked++
		if e.Found {
			c.found++
		}
		c.mu.Unlock()
	case worker.KindBreaker, worker.KindSkew: // the worker tells these itself
	case worker.KindClaimed, worker.KindGuard, worker.KindDead, worker.KindSettled, worker.KindOperation: // for instruments
	}
}

// count is for holders of mu.
func (c *Collector) count(at time.Time, kind int) {
	c.total[kind]++
	c.recent.count(at.Unix(), kind)
}

func kindOf(o schema.Outcome) int {
	switch o {
	case schema.OutcomeSent:
		return sent
	case schema.OutcomeRejected:
		return rejected
	case schema.OutcomeExpired:
		return expired
	case schema.OutcomeInvalid:
		return invalid
	case schema.OutcomeUnknown:
	}
	return unknown
}

func classOf(v worker.Verdict) int {
	switch {
	case v.Outcome == worker.Accepted:
		return accepted
	case v.Class == worker.Permanent:
		return permanent
	case v.Class == worker.Transient:
		return transient
	}
	return classUnknown
}

// laneOf counts what came on no known lane with the batch.
func laneOf(l schema.Lane) int {
	if l == schema.LaneInteractive {
		return interactive
	}
	return batch
}

// otherReason is a reason that is not listed here.
const otherReason = "other"

// reasons are the places of all reasons that there are; other's is 0.
var reasons = func() map[string]int {
	places := map[string]int{otherReason: 0}
	for _, reason := range worker.Reasons() {
		places[reason] = len(places)
	}
	return places
}()

func reasonOf(reason string) int { return reasons[reason] }
