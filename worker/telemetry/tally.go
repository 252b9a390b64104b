package telemetry

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// A counter counts by label values. It keeps the counts itself and is read when
// somebody wants to know: the SDK's counters look at each attribute with each
// count, which for the ten of a job would be two hundredths of its cost.
type counter struct {
	of    *Metric
	limit int
	shown metric.Int64ObservableCounter

	mu     sync.Mutex
	counts atomic.Pointer[map[values]*count]
}

type count struct {
	atomic.Int64
	labels []metric.ObserveOption
}

func newCounter(of *Metric, shown metric.Int64ObservableCounter) *counter {
	c := &counter{of: of, limit: maxSeries, shown: shown}
	c.counts.Store(&map[values]*count{})
	return c
}

func (c *counter) add(n int64, v values) {
	counted, ok := (*c.counts.Load())[v]
	if !ok {
		counted = c.series(v)
	}
	counted.Add(n)
}

// series makes a series, of value 0 at first: a rate needs to have seen that.
func (c *counter) series(v values) *count {
	c.mu.Lock()
	defer c.mu.Unlock()
	counts := *c.counts.Load()
	if counts[v] == nil && len(counts) >= c.limit {
		v = overflow
	}
	if counts[v] == nil {
		counts = maps.Clone(counts)
		counts[v] = &count{labels: []metric.ObserveOption{metric.WithAttributeSet(c.of.set(v))}}
		c.counts.Store(&counts)
	}
	return counts[v]
}

func (c *counter) observe(_ context.Context, o metric.Observer) error {
	for _, counted := range *c.counts.Load() {
		o.ObserveInt64(c.shown, counted.Load(), counted.labels...)
	}
	return nil
}

// overflow stands for all values beyond the limit.
var overflow = values{"other", "other", "other", "other"}

// set leaves out what is empty: Prometheus knows no difference.
func (m *Metric) set(v values) attribute.Set {
	all := append([]attribute.KeyValue(nil), m.fixed...)
	for i, name := range m.Labels {
		if v[i] != "" {
			all = append(all, attribute.String(name, v[i]))
		}
	}
	return attribute.NewSet(all...)
}
