package worker

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// A Condition is what a worker is like at one moment. It holds no code and no
// number.
type Condition struct {
	// Worker is its name, Phase where it stands, and Began when it was made.
	Worker string
	Phase  Phase
	Began  time.Time
	// Connected says that the broker is connected at this moment.
	Connected bool
	// SinceBeat is how long ago the main loop went round last, SinceLook how long
	// ago it saw the queue, and SinceStop how long ago the stop began; negative
	// for never. KillAfter is how long a stop may take.
	SinceBeat, SinceLook, SinceStop, KillAfter time.Duration
	// Lanes are its slots and what it saw of the queue; empty while it starts.
	Lanes map[schema.Lane]LaneCondition
	// Calls is how many calls may be out at once now, MostCalls without trouble at
	// the provider.
	Calls, MostCalls int
	// Breakers are that of the provider, that of the account, and those of apps
	// that are not closed, at most 50, those that have been so for longest.
	// AppsHeld counts all apps on hold, and AppsProbed those of them that are
	// half-open.
	Breakers             []BreakerCondition
	AppsHeld, AppsProbed int
	// PausedBatches counts the batches that are paused.
	PausedBatches int
	// Rate is the account's limit in sends per second, 0 for none, and LimitedApps
	// how many apps have one of their own. SlowFor is how long the provider has
	// asked all to wait from now on.
	Rate        float64
	LimitedApps int
	SlowFor     time.Duration
	// RateShort says that jobs have waited for the rate for most of the last second.
	RateShort bool
	// Skew is how far our clock is behind the broker's; negative if it is ahead.
	Skew time.Duration
	// Ledger says that attempts are claimed.
	Ledger bool
}

// A LaneCondition is a lane's part of a [Condition].
type LaneCondition struct {
	// Slots is how many jobs may be with the provider at once, or wait in place to
	// be, Taken how many are, and KeptBack how many slots stay empty while the
	// provider is slow. Settling is how many have left their slot and have their
	// result stored.
	Slots, Taken, KeptBack, Settling int
	// Queued is how many jobs the queue holds, those in hand included, and Queues
	// of how many apps and batches they are.
	Queued uint64
	Queues int
}

// Free is how many more jobs could be with the provider now.
func (l LaneCondition) Free() int { return max(0, l.Slots-l.Taken-l.KeptBack) }

// A BreakerCondition is a breaker's part of a [Condition].
type BreakerCondition struct {
	Scope Scope
	// AppID says whose it is, with scope app.
	AppID string
	// State is closed, open or half-open; Since is when it opened, or closed
	// again, and zero before it ever opened.
	State string
	Since time.Time
	// Until is when the next probe may go out; only while open.
	Until time.Time
	// Reason and Status are those of the answer that opened it.
	Reason, Status string
}

// maxBreakersTold bounds the breakers of apps in a [Condition].
const maxBreakersTold = 50

// Name is the worker's, also if it was not configured.
func (w *Worker) Name() string { return w.cfg.Name }

// Condition tells how the worker is. It may be asked at any time, also before
// and after [Worker.Run], and is not meant to be asked more than a few times a
// second.
func (w *Worker) Condition() Condition {
	c := Condition{
		Worker: w.cfg.Name, Phase: w.life.phase(), Began: w.life.began, Connected: w.queue.Connected(),
		SinceBeat: w.life.since(&w.life.beat), SinceLook: w.life.since(&w.life.saw), SinceStop: w.life.since(&w.life.drains),
		KillAfter: w.cfg.KillAfter(), Lanes: map[schema.Lane]LaneCondition{}, MostCalls: w.cfg.Slots(),
		PausedBatches: w.batches.paused(), Rate: w.cfg.Rate, LimitedApps: len(w.cfg.AppRates), Skew: w.skew(), Ledger: w.cfg.Ledger == On,
	}
	c.Calls = w.inflight.now()
	w.holds.tell(&c)
	if !w.life.works.Load() {
		return c
	}
	c.SlowFor, c.RateShort = w.pace.SlowFor(), w.cfg.Paced() && w.pace.Short()
	for name, l := range w.lanes {
		c.Lanes[name] = l.condition()
	}
	return c
}

func (l *lane) condition() LaneCondition {
	c := LaneCondition{Slots: cap(l.free), Taken: l.taken(), Settling: len(l.slots.settling), Queued: l.queued.Load(), Queues: int(l.queues.Load())}
	l.slots.mu.Lock()
	c.KeptBack = l.back
	l.slots.mu.Unlock()
	return c
}

func (h *holds) tell(c *Condition) {
	h.mu.Lock()
	apps := maps.Clone(h.apps)
	h.mu.Unlock()
	// Without the lock: a look may change a breaker's state, and tells of it.
	var held []BreakerCondition
	for appID, b := range apps {
		switch one := b.condition(appID); one.State {
		case gobreaker.StateHalfOpen.String():
			c.AppsProbed++
			fallthrough
		case gobreaker.StateOpen.String():
			held = append(held, one)
		}
	}
	c.AppsHeld = len(held)
	slices.SortFunc(held, func(a, b BreakerCondition) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.AppID, b.AppID))
	})
	held = held[:min(len(held), maxBreakersTold)]
	c.Breakers = append([]BreakerCondition{h.provider.condition(""), h.account.condition("")}, held...)
}

func (b *breaker) condition(appID string) BreakerCondition {
	state, _ := b.look()
	b.mu.Lock()
	defer b.mu.Unlock()
	c := BreakerCondition{Scope: b.scope, AppID: appID, State: state.String(), Since: b.since}
	switch state {
	case gobreaker.StateOpen:
		c.Until = b.probeAt
		fallthrough
	case gobreaker.StateHalfOpen:
		c.Reason, c.Status = b.failure.Reason, b.failure.Status
	case gobreaker.StateClosed:
	}
	return c
}

func (b *batches) paused() (n int) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, record := range b.known {
		if record.State == queue.BatchPaused && !record.Cancelled {
			n++
		}
	}
	return n
}

// now is how many calls may be out at once.
func (f *inflight) now() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int(f.limit)
}
