package telemetry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// BenchmarkJob is what one job that is sent costs in telemetry: the events that a
// worker tells of it, and its trace. The rest of a job costs a worker about 100 µs.
func BenchmarkJob(b *testing.B) {
	metricsOnly := DefaultConfig()
	off := metricsOnly
	off.Metrics = false
	for _, c := range []struct {
		name    string
		cfg     Config
		sampled float64 // below 0: no traces
	}{
		{"off", off, -1},
		{"metrics", metricsOnly, -1},
		{"full-10pct", metricsOnly, 0.1},
		{"full-unsampled", metricsOnly, 0},
		{"full-all", metricsOnly, 1},
	} {
		b.Run(c.name, func(b *testing.B) { benchJob(b, c.cfg, c.sampled) })
	}
}

func benchJob(b *testing.B, cfg Config, sampled float64) {
	e := exporters{histograms: &histograms{}}
	if sampled >= 0 {
		b.Setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
		b.Setenv("OTEL_TRACES_SAMPLER_ARG", fmt.Sprint(sampled))
		e.spans = append(e.spans, sdktrace.NewBatchSpanProcessor(nowhere{}))
	}
	cfg.ProviderURL = "http://localhost/otp"
	tel, err := start(cfg, e)
	if err != nil {
		b.Fatal(err)
	}
	wc := tel.Attach(worker.Config{})
	headers := map[string][]string{nats.MsgIdHdr: {"spring-00000042"}}
	carried := propagation.HeaderCarrier(http.Header{})
	result := schema.Result{Outcome: schema.OutcomeSent, Reason: "sent", Attempts: 1, Timings: schema.Timings{Total: 120}}
	b.ReportAllocs()
	for b.Loop() {
		var trace worker.Trace
		about := worker.Event{Time: time.Now(), JobID: "spring-00000042", AppID: "myapp01", Lane: schema.LaneBatch, Delivery: 1, Attempt: 1}
		if wc.Tracer != nil {
			trace = wc.Tracer.Follow(headers, about)
		}
		tell := func(e worker.Event) {
			e.Time, e.JobID, e.AppID, e.Lane, e.Delivery, e.Attempt = about.Time, about.JobID, about.AppID, about.Lane, 1, 1
			if wc.Observe != nil {
				wc.Observe(e)
			}
			if trace != nil {
				trace.Observe(e)
			}
		}
		begin := func(kind worker.Kind) context.Context {
			if trace == nil {
				return b.Context()
			}
			about.Kind = kind
			return trace.Begin(b.Context(), about)
		}
		tell(worker.Event{Kind: worker.KindTaken})
		tell(worker.Event{Kind: worker.KindOperation, Op: worker.OpLedgerPut, Took: time.Millisecond})
		tell(worker.Event{Kind: worker.KindClaimed})
		begin(worker.KindAttempt)
		tell(worker.Event{Kind: worker.KindAttempt, Verdict: worker.Verdict{Outcome: worker.Accepted, Reason: "sent", Status: "0"}, Next: "conclude", HTTPStatus: 200})
		propagation.TraceContext{}.Inject(begin(worker.KindResult), carried)
		tell(worker.Event{Kind: worker.KindOperation, Op: worker.OpPublish, Took: time.Millisecond})
		tell(worker.Event{Kind: worker.KindResult, Result: result})
		tell(worker.Event{Kind: worker.KindOperation, Op: worker.OpAck, Took: time.Millisecond})
		tell(worker.Event{Kind: worker.KindSettled, Next: "conclude", Took: time.Millisecond})
		if trace != nil {
			trace.End()
		}
	}
	b.StopTimer()
	if err := tel.Shutdown(b.Context()); err != nil && !errors.Is(err, context.Canceled) {
		b.Fatal(err)
	}
}

// nowhere is a collector that costs nothing.
type nowhere struct{}

func (nowhere) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (nowhere) Shutdown(context.Context) error                             { return nil }
