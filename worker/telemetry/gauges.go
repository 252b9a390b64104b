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

const (
	// lookEach is how often the queue is looked at, lookTimeout bounds a look,
	// and a look that is older than staleAfter says nothing any more.
	lookEach    = 10 * time.Second
	lookTimeout = 5 * time.Second
	staleAfter  = time.Minute
)

// states are those of a breaker.
var states = []string{"closed", "open", "half-open"}

// A watch shows how a worker and its queue stand.
type watch struct {
	metrics *metrics
	worker  *worker.Worker
	queue   *queue.Queue
	repeats uint64

	mu     sync.Mutex
	lanes  map[schema.Lane]laneLook
	looked time.Time
}

type laneLook struct {
	jobs   uint64
	oldest time.Time
}

// watch begins to show how w and q stand, until stop is called.
func (m *metrics) watch(ctx context.Context, w *worker.Worker, q *queue.Queue) (stop func(), err error) {
	v := &watch{metrics: m, worker: w, queue: q}
	var shown []metric.Observable
	for _, g := range []gauge{m.breaker, m.inFlight, m.free, m.slots, m.backlog, m.oldest, m.skew} {
		shown = append(shown, g.Float64ObservableGauge)
	}
	registration, err := m.meter.RegisterCallback(v.observe, shown...)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { v.run(ctx) })
	return func() {
		cancel()
		running.Wait()
		_ = registration.Unregister()
	}, nil
}

// run looks at the queue: a scrape must not, there may be many.
func (v *watch) run(ctx context.Context) {
	ticker := time.NewTicker(lookEach)
	defer ticker.Stop()
	for {
		v.look(ctx)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			v.countRepeats()
			return
		}
	}
}

func (v *watch) look(ctx context.Context) {
	v.countRepeats()
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	backlog, err := v.queue.Backlog(ctx)
	if err != nil {
		return // what is known grows stale, and is no longer shown then
	}
	lanes := map[schema.Lane]laneLook{schema.LaneInteractive: {}, schema.LaneBatch: {}}
	for app, n := range backlog {
		l := lanes[app.Lane]
		l.jobs += n
		lanes[app.Lane] = l
	}
	for name, l := range lanes {
		if l.jobs == 0 {
			continue
		}
		head, ok, err := v.queue.Head(ctx, schema.LaneSubjects(name))
		if err != nil {
			return
		}
		if ok {
			l.oldest = head.QueuedAt
			lanes[name] = l
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.lanes, v.looked = lanes, time.Now()
}

// countRepeats adds what the broker dropped as known since the last look.
func (v *watch) countRepeats() {
	if repeats := v.queue.Repeats(); repeats > v.repeats {
		v.metrics.prevented.add(int64(repeats-v.repeats), values{string(guardMessageID)})
		v.repeats = repeats
	}
}

func (v *watch) observe(_ context.Context, o metric.Observer) error {
	m, g := v.metrics, v.worker.Gauges()
	for name, l := range g.Lanes {
		lane := values{string(name)}
		m.inFlight.observe(o, float64(l.InHand), lane)
		m.free.observe(o, float64(l.Free), lane)
		m.slots.observe(o, float64(l.Slots), lane)
	}
	for _, state := range states {
		m.breaker.observe(o, is(g.Provider == state), values{string(worker.ScopeProvider), state})
		m.breaker.observe(o, is(g.Account == state), values{string(worker.ScopeAccount), state})
		if state != "closed" {
			m.breaker.observe(o, float64(g.Apps[state]), values{string(worker.ScopeApp), state})
		}
	}
	m.skew.observe(o, g.Skew.Seconds(), values{})
	v.mu.Lock()
	defer v.mu.Unlock()
	if time.Since(v.looked) > staleAfter {
		return nil
	}
	for name, l := range v.lanes {
		m.backlog.observe(o, float64(l.jobs), values{string(name)})
		m.oldest.observe(o, age(l.oldest), values{string(name)})
	}
	return nil
}

func is(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
