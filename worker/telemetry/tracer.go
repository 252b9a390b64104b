package telemetry

import (
	"context"
	"log/slog"
	"net/url"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// startTracing makes a tracer if there is anybody to export to. The sampler is
// that of OTEL_TRACES_SAMPLER.
func (t *Telemetry) startTracing(e exporters, about *resource.Resource, address *url.URL) {
	if len(e.spans) == 0 {
		return
	}
	options := []sdktrace.TracerProviderOption{sdktrace.WithResource(about)}
	for _, processor := range e.spans {
		options = append(options, sdktrace.WithSpanProcessor(processor))
	}
	provider := sdktrace.NewTracerProvider(options...)
	t.tracing = provider
	t.ends = append(t.ends, provider.Shutdown)
	t.tracer = newTracer(provider, t.cfg.Propagation, address)
}

// A tracer makes one span for each delivery of a job, and in it one for each
// attempt, each question and the result.
type tracer struct {
	tracer      trace.Tracer
	propagation Propagation
	send, ask   call
}

// A call is what is the same in all calls of one kind.
type call struct {
	name       string
	attributes []attribute.KeyValue
}

func newTracer(provider trace.TracerProvider, p Propagation, address *url.URL) *tracer {
	return &tracer{
		tracer: provider.Tracer(scope), propagation: p,
		send: newCall(address, sendTemplate), ask: newCall(address, recordTemplate),
	}
}

// newCall leaves out user and query: an address may hold a key.
func newCall(address *url.URL, path string) call {
	attributes := append(serverOf(address),
		attribute.String("http.request.method", "POST"), attribute.String("url.template", path))
	if address.Host != "" {
		full := url.URL{Scheme: address.Scheme, Host: address.Host, Path: address.Path}
		attributes = append(attributes, attribute.String("url.full", full.JoinPath(path).String()))
	}
	return call{name: "POST " + path, attributes: attributes}
}

var (
	consumerKind = []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindConsumer)}
	newRoot      = []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindConsumer), trace.WithNewRoot()}
)

// Follow begins the process span of a delivery.
func (t *tracer) Follow(headers map[string][]string, e worker.Event) worker.Trace {
	ctx, options := context.Background(), newRoot
	var producer trace.SpanContext
	if t.propagation != PropagationNone {
		ctx = queue.TraceFrom(ctx, headers)
		producer = trace.SpanContextFromContext(ctx)
	}
	if t.propagation == PropagationParent && e.Lane != schema.LaneBatch && e.BatchID == "" {
		options = consumerKind
	}
	template := jobTemplate(e.Lane)
	_, span := t.tracer.Start(ctx, processName(e.Lane), options...)
	switch {
	case !span.IsRecording() && !producer.IsValid():
		return unseen{}
	case !span.IsRecording():
		return &jobTrace{span: span}
	}
	if producer.IsValid() {
		span.AddLink(trace.Link{SpanContext: producer})
	}
	span.SetAttributes(aboutJob(e, template)...)
	return &jobTrace{tracer: t, span: span, recording: true}
}

func processName(l schema.Lane) string {
	if l == schema.LaneBatch {
		return "process otp.v1.job.batch.{appId}"
	}
	return "process otp.v1.job.interactive.{appId}"
}

// unseen is the trace of a job that is not sampled and came without one: nobody
// needs to hear of it.
type unseen struct{}

func (unseen) Context(ctx context.Context) context.Context               { return ctx }
func (unseen) Logger(log *slog.Logger) *slog.Logger                      { return log }
func (unseen) Begin(ctx context.Context, _ worker.Event) context.Context { return ctx }
func (unseen) Observe(worker.Event)                                      {}
func (unseen) End()                                                      {}

// aboutJob are the attributes of a process span.
func aboutJob(e worker.Event, template string) []attribute.KeyValue {
	about := []attribute.KeyValue{
		messaging,
		attribute.String(labelOperation, "process"),
		attribute.String("messaging.operation.type", "process"),
		attribute.String(labelTemplate, template),
		attribute.String("messaging.message.id", maskText(e.JobID)),
		attribute.String("otpworker.app_id", maskText(e.AppID)),
		attribute.Int("otpworker.delivery", e.Delivery),
	}
	if e.BatchID != "" {
		about = append(about, attribute.String("otpworker.batch_id", maskText(e.BatchID)))
	}
	return about
}
