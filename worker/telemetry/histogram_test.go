package telemetry

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// The same durations lie in the same buckets as those of the SDK's histogram.
func TestHistogramIsTheSDKs(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	oracle, err := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("oracle").
		Float64Histogram("h", metric.WithExplicitBucketBoundaries(ageBuckets...))
	if err != nil {
		t.Fatal(err)
	}
	ours := newHistogram(&Metric{Name: "h", buckets: ageBuckets})
	durations := []time.Duration{0, 1, 2 * time.Hour}
	for _, bound := range ageBuckets {
		at := time.Duration(math.Round(bound * float64(time.Second)))
		durations = append(durations, at-1, at, at+1)
	}
	for range 1000 {
		durations = append(durations, time.Duration(rand.ExpFloat64()*float64(time.Minute)))
	}
	for _, d := range durations {
		ours.record(d, values{})
		oracle.Record(t.Context(), d.Seconds())
	}
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	want := all.ScopeMetrics[0].Metrics[0].Data.(metricdata.Histogram[float64]).DataPoints[0]
	got := ours.read(time.Now()).Data.(metricdata.Histogram[float64]).DataPoints[0]
	if !slices.Equal(got.BucketCounts, want.BucketCounts) || !slices.Equal(got.Bounds, want.Bounds) || got.Count != want.Count {
		t.Errorf("got  %d in %v,\nwant %d in %v", got.Count, got.BucketCounts, want.Count, want.BucketCounts)
	}
	if math.Abs(got.Sum-want.Sum) > 1e-6*want.Sum {
		t.Errorf("the sum is %v, want %v", got.Sum, want.Sum)
	}
}

// Records from all sides are all counted, and label values are bounded.
func TestHistogramFromAllSides(t *testing.T) {
	h := newHistogram(&Metric{Name: "h", Labels: []string{"l"}, buckets: callBuckets})
	var sides sync.WaitGroup
	for side := range 8 {
		sides.Go(func() {
			for i := range 1000 {
				h.record(time.Duration(i)*time.Millisecond, values{string(rune('a' + (side*1000+i)%(2*maxSeries)))})
			}
		})
	}
	sides.Wait()
	total := uint64(0)
	points := h.read(time.Now()).Data.(metricdata.Histogram[float64]).DataPoints
	for _, p := range points {
		total += p.Count
	}
	if total != 8000 || len(points) > maxSeries+1 {
		t.Errorf("%d counted in %d series", total, len(points))
	}
}
