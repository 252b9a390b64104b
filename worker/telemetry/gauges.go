package telemetry

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/metric"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// staleAfter is how old a worker's look at the queue may be that says something.
const staleAfter = time.Minute

// states are those of a breaker.
var states = []string{"closed", "open", "half-open"}

// A watch shows how a worker stands, each time the metrics are read. It asks
// nobody but the worker.
type watch struct {
	metrics *metrics
	worker  *worker.Worker
	queue   *queue.Queue
	oldest  func(schema.Lane) time.Time

	mu      sync.Mutex
	repeats uint64
}

// watch begins to show how w and q stand, until stop is called.
func (m *metrics) watch(w *worker.Worker, q *queue.Queue, oldest func(schema.Lane) time.Time) (stop func(), err error) {
	v := &watch{metrics: m, worker: w, queue: q, oldest: oldest}
	var shown []metric.Observable
	for _, g := range []gauge{m.breaker, m.inFlight, m.free, m.slots, m.backlog, m.oldest, m.paused, m.skew} {
		shown = append(shown, g.Float64ObservableGauge)
	}
	registration, err := m.meter.RegisterCallback(v.observe, shown...)
	if err != nil {
		return nil, err
	}
	return func() {
		_ = registration.Unregister()
		v.countRepeats()
	}, nil
}

// countRepeats adds what the broker dropped as known since the last time. The
// reading that does it may have passed the counters already: the next has it.
func (v *watch) countRepeats() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if repeats := v.queue.Repeats(); repeats > v.repeats {
		v.metrics.prevented.add(int64(repeats-v.repeats), values{string(guardMessageID)})
		v.repeats = repeats
	}
}

func (v *watch) observe(_ context.Context, o metric.Observer) error {
	v.countRepeats()
	m, c := v.metrics, v.worker.Condition()
	m.skew.observe(o, c.Skew.Seconds(), values{})
	m.paused.observe(o, float64(c.PausedBatches), values{})
	for _, b := range c.Breakers {
		if b.Scope == worker.ScopeApp {
			continue // apps are counted
		}
		for _, state := range states {
			m.breaker.observe(o, is(b.State == state), values{string(b.Scope), state})
		}
	}
	m.breaker.observe(o, float64(c.AppsHeld-c.AppsProbed), values{string(worker.ScopeApp), "open"})
	m.breaker.observe(o, float64(c.AppsProbed), values{string(worker.ScopeApp), "half-open"})
	for name, l := range c.Lanes {
		lane := values{string(name)}
		m.inFlight.observe(o, float64(l.Taken), lane)
		m.free.observe(o, float64(l.Free()), lane)
		m.slots.observe(o, float64(l.Slots), lane)
		if c.SinceLook < 0 || c.SinceLook > staleAfter {
			continue
		}
		m.backlog.observe(o, float64(l.Queued), lane)
		if l.Queued == 0 {
			m.oldest.observe(o, 0, lane)
		} else if queuedAt := v.oldest(name); !queuedAt.IsZero() {
			m.oldest.observe(o, age(queuedAt), lane)
		}
	}
	return nil
}

func is(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
