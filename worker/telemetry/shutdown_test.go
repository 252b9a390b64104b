package telemetry

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otpworker/otpworker/schema"
)

var orderedAll = jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverAllPolicy}

// What was not written yet is written at the end.
func TestShutdownFlushes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := &lasting{}
		tel, err := start(DefaultConfig(), exporters{histograms: &histograms{}, spans: []sdktrace.SpanProcessor{sdktrace.NewBatchSpanProcessor(kept)}})
		if err != nil {
			t.Fatal(err)
		}
		_, ended := tel.Publishing(t.Context(), schema.LaneInteractive, "j1")
		ended(nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // the run is over, its last spans are not
		if err := tel.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if kept.n != 1 {
			t.Errorf("%d spans were written", kept.n)
		}
	})
}

// A collector that does not answer does not keep the process.
func TestShutdownEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told atomic.Int64
		cfg := DefaultConfig()
		cfg.OnError = func(error) { told.Add(1) }
		tel, err := start(cfg, exporters{histograms: &histograms{}, spans: []sdktrace.SpanProcessor{sdktrace.NewBatchSpanProcessor(stuck{})}})
		if err != nil {
			t.Fatal(err)
		}
		_, ended := tel.Publishing(t.Context(), schema.LaneInteractive, "j1")
		ended(nil)
		began := time.Now()
		if err := tel.Shutdown(t.Context()); err == nil {
			t.Error("nothing was written, and nobody was told")
		}
		if took := time.Since(began); took > flushTime {
			t.Errorf("the end took %s", took)
		}
		time.Sleep(time.Minute) // its last export gives up too
		if told.Load() == 0 {
			t.Error("OnError was not called")
		}
	})
}

// lasting counts what it was given, also after its own end.
type lasting struct{ n int }

func (l *lasting) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	l.n += len(spans)
	return nil
}
func (l *lasting) Shutdown(context.Context) error { return nil }

// Nothing is configured: nothing is there, and everything may be called.
func TestNothing(t *testing.T) {
	t.Setenv("OTEL_SDK_DISABLED", "true")
	disabled, err := Start(t.Context(), DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	for _, tel := range []*Telemetry{nil, disabled} {
		if tel.Handler() != nil || tel.Propagate() != nil {
			t.Error("something is shown")
		}
		stop, err := tel.Watch(nil, nil, nil)
		if err != nil {
			t.Error(err)
		}
		stop()
		if err := tel.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// stuck is an exporter that answers when its context ends.
type stuck struct{}

func (stuck) ExportSpans(ctx context.Context, _ []sdktrace.ReadOnlySpan) error {
	<-ctx.Done()
	return ctx.Err()
}
func (stuck) Shutdown(ctx context.Context) error { return nil }
