package telemetry

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/trace"
)

func (t *Telemetry) startLogs(e exporters, about *resource.Resource) {
	if len(e.logs) == 0 {
		return
	}
	options := []sdklog.LoggerProviderOption{sdklog.WithResource(about)}
	for _, processor := range e.logs {
		options = append(options, sdklog.WithProcessor(processor))
	}
	provider := sdklog.NewLoggerProvider(options...)
	t.logs = provider
	t.ends = append(t.ends, provider.Shutdown)
}

// Logger writes to local, with trace_id and span_id in the lines of a traced job,
// and to the exporter of OTEL_LOGS_EXPORTER if there is one. In front of both,
// what is below level is dropped and what looks like a number or a code is masked.
func (t *Telemetry) Logger(local slog.Handler, level slog.Leveler) *slog.Logger {
	var handler slog.Handler = &traceHandler{local}
	if t != nil && t.logs != nil {
		handler = slog.NewMultiHandler(handler, otelslog.NewHandler(scope, otelslog.WithLoggerProvider(t.logs)))
	}
	return slog.New(&redactor{next: handler, level: level})
}

// A placed handler writes each line as part of a span.
type placed struct {
	next slog.Handler
	span trace.Span
}

func (h *placed) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h *placed) Handle(ctx context.Context, r slog.Record) error {
	return h.next.Handle(trace.ContextWithSpan(ctx, h.span), r)
}

func (h *placed) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &placed{h.next.WithAttrs(attrs), h.span}
}

func (h *placed) WithGroup(name string) slog.Handler {
	return &placed{h.next.WithGroup(name), h.span}
}

// A traceHandler adds the ids of the trace that a line belongs to.
type traceHandler struct{ next slog.Handler }

func (h *traceHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h *traceHandler) Handle(ctx context.Context, r slog.Record) error {
	if at := trace.SpanContextFromContext(ctx); at.IsValid() {
		r = r.Clone()
		r.AddAttrs(slog.String("trace_id", at.TraceID().String()), slog.String("span_id", at.SpanID().String()))
	}
	return h.next.Handle(ctx, r)
}

func (h *traceHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &traceHandler{h.next.WithAttrs(attrs)}
}

func (h *traceHandler) WithGroup(name string) slog.Handler {
	return &traceHandler{h.next.WithGroup(name)}
}
