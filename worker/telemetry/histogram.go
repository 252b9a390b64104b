package telemetry

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A histogram sorts durations into buckets by label values. It keeps them itself
// and is read when somebody wants to know: the SDK's looks at each attribute with
// each record, which for the seven of a job would be a twentieth of its cost.
type histogram struct {
	of     *Metric
	bounds []int64 // nanoseconds, as of's are seconds
	began  time.Time

	mu   sync.Mutex
	made atomic.Pointer[map[values]*spread]
}

// A spread is one series: how many lie in each bucket, and their sum.
type spread struct {
	labels attribute.Set
	counts []atomic.Uint64
	sum    atomic.Int64
}

func newHistogram(of *Metric) *histogram {
	h := &histogram{of: of, began: time.Now()}
	for _, bound := range of.buckets {
		h.bounds = append(h.bounds, int64(bound*float64(time.Second)))
	}
	h.made.Store(&map[values]*spread{})
	return h
}

func (h *histogram) record(d time.Duration, v values) {
	s, ok := (*h.made.Load())[v]
	if !ok {
		s = h.series(v)
	}
	bucket, _ := slices.BinarySearch(h.bounds, int64(d)) // a bound belongs to the bucket below it
	s.counts[bucket].Add(1)
	s.sum.Add(int64(d))
}

func (h *histogram) series(v values) *spread {
	h.mu.Lock()
	defer h.mu.Unlock()
	made := *h.made.Load()
	if made[v] == nil && len(made) >= maxSeries {
		v = overflow
	}
	if made[v] == nil {
		made = maps.Clone(made)
		made[v] = &spread{labels: h.of.set(v), counts: make([]atomic.Uint64, len(h.bounds)+1)}
		h.made.Store(&made)
	}
	return made[v]
}

// read is what it holds. A record on its way may be in a bucket and not yet in the
// sum.
func (h *histogram) read(now time.Time) metricdata.Metrics {
	points := []metricdata.HistogramDataPoint[float64]{}
	for _, s := range *h.made.Load() {
		p := metricdata.HistogramDataPoint[float64]{
			Attributes: s.labels, StartTime: h.began, Time: now, Bounds: h.of.buckets,
			BucketCounts: make([]uint64, len(s.counts)), Sum: time.Duration(s.sum.Load()).Seconds(),
		}
		for i := range s.counts {
			p.BucketCounts[i] = s.counts[i].Load()
			p.Count += p.BucketCounts[i]
		}
		points = append(points, p)
	}
	return metricdata.Metrics{
		Name: h.of.Name, Unit: h.of.Unit, Description: h.of.Help,
		Data: metricdata.Histogram[float64]{Temporality: metricdata.CumulativeTemporality, DataPoints: points},
	}
}

// histograms hands all of them to the readers of metrics.
type histograms struct {
	all atomic.Pointer[[]*histogram]
}

var _ sdkmetric.Producer = (*histograms)(nil)

// Produce implements [sdkmetric.Producer].
func (h *histograms) Produce(context.Context) ([]metricdata.ScopeMetrics, error) {
	all := h.all.Load()
	if all == nil {
		return nil, nil
	}
	now, metrics := time.Now(), []metricdata.Metrics{}
	for _, one := range *all {
		if len(*one.made.Load()) > 0 {
			metrics = append(metrics, one.read(now))
		}
	}
	return []metricdata.ScopeMetrics{{Scope: instrumentation.Scope{Name: scope}, Metrics: metrics}}, nil
}
