package telemetry

import (
	"context"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/otpworker/otpworker/schema"
)

// Publishing begins a producer's span around the publish of a job, and ended ends
// it. With its context, [queue.Queue.Publish] sends the trace along. A shell that
// has a trace hands it on in TRACEPARENT and TRACESTATE.
func (t *Telemetry) Publishing(ctx context.Context, lane schema.Lane, jobID string) (publishing context.Context, ended func(error)) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{
			"traceparent": os.Getenv("TRACEPARENT"), "tracestate": os.Getenv("TRACESTATE"),
		})
	}
	if t == nil || t.tracing == nil {
		return ctx, func(error) {}
	}
	template := jobTemplate(lane)
	ctx, span := t.tracing.Tracer(scope).Start(ctx, "send "+template, trace.WithSpanKind(trace.SpanKindProducer), trace.WithAttributes(
		messaging, attribute.String(labelOperation, "send"), attribute.String("messaging.operation.type", "send"),
		attribute.String(labelTemplate, template), attribute.String("messaging.message.id", maskText(jobID)),
	))
	return ctx, func(err error) {
		if err != nil {
			span.SetStatus(codes.Error, "failed")
			span.SetAttributes(attribute.String(labelError, errorType(err)))
		}
		span.End()
	}
}
