package telemetry

import (
	"maps"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// maxSeries bounds the label sets of one metric, whatever its input says.
const maxSeries = 256

// values are those of a metric's labels, in their order.
type values [4]string

// A series makes each label set once: a recording costs no allocation then.
type series[Option any] struct {
	of     *Metric
	option func(attribute.Set) Option

	mu   sync.Mutex
	made atomic.Pointer[map[values][]Option]
}

func newSeries[Option any](of *Metric, option func(attribute.Set) Option) *series[Option] {
	s := &series[Option]{of: of, option: option}
	s.made.Store(&map[values][]Option{})
	return s
}

// with is the option that carries the values.
func (s *series[Option]) with(v values) []Option {
	if option, ok := (*s.made.Load())[v]; ok {
		return option
	}
	return s.make(v)
}

func (s *series[Option]) make(v values) []Option {
	s.mu.Lock()
	defer s.mu.Unlock()
	made := maps.Clone(*s.made.Load())
	if len(made) >= maxSeries {
		v = overflow
	}
	if made[v] == nil {
		made[v] = []Option{s.option(s.of.set(v))}
		s.made.Store(&made)
	}
	return made[v]
}

// A gauge observes by label values.
type gauge struct {
	metric.Float64ObservableGauge
	*series[metric.ObserveOption]
}

func (g gauge) observe(o metric.Observer, value float64, v values) {
	o.ObserveFloat64(g.Float64ObservableGauge, value, g.with(v)...)
}

// A builder makes instruments and keeps the first error.
type builder struct {
	meter      metric.Meter
	histograms []*histogram
	err        error
}

func (b *builder) counter(m *Metric) *counter {
	shown, err := b.meter.Int64ObservableCounter(m.Name, metric.WithUnit(m.Unit), metric.WithDescription(m.Help))
	b.keep(err)
	c := newCounter(m, shown)
	_, err = b.meter.RegisterCallback(c.observe, shown)
	b.keep(err)
	return c
}

func (b *builder) histogram(m *Metric) *histogram {
	h := newHistogram(m)
	b.histograms = append(b.histograms, h)
	return h
}

func (b *builder) gauge(m *Metric) gauge {
	g, err := b.meter.Float64ObservableGauge(m.Name, metric.WithUnit(m.Unit), metric.WithDescription(m.Help))
	b.keep(err)
	return gauge{g, newSeries(m, func(s attribute.Set) metric.ObserveOption { return metric.WithAttributeSet(s) })}
}

func (b *builder) keep(err error) {
	if b.err == nil {
		b.err = err
	}
}
