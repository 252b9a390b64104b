package queue

import (
	"context"
	"strings"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// traceContext is W3C's traceparent and tracestate. Baggage is left out: what
// apps put there may be anything, and a job's headers end up in results.
var traceContext = propagation.TraceContext{}

// TraceFrom puts the trace context that a message came with into ctx. Its
// headers are found however they are spelt: most languages write "traceparent",
// and net/http's canonical form is "Traceparent".
func TraceFrom(ctx context.Context, headers map[string][]string) context.Context {
	if !hasTrace(headers) {
		return ctx
	}
	return traceContext.Extract(ctx, headerCarrier(headers))
}

// hasTrace is a quick look: most jobs come without a trace.
func hasTrace(headers map[string][]string) bool {
	for name := range headers {
		if len(name) == len("traceparent") && strings.EqualFold(name, "traceparent") {
			return true
		}
	}
	return false
}

// traced is a message's headers with the trace context of ctx added, in lower
// case as W3C says; as they are if ctx has none.
func traced(ctx context.Context, headers nats.Header) nats.Header {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return headers
	}
	if headers == nil {
		headers = nats.Header{}
	}
	traceContext.Inject(ctx, headerCarrier(headers))
	return headers
}

// withTrace is traced for the headers of a request.
func withTrace(ctx context.Context, headers []header) []header {
	for key, values := range traced(ctx, nil) {
		headers = append(headers, header{key, values[0]})
	}
	return headers
}

// headerCarrier reads headers in any case: NATS keeps the case that the producer
// chose, and http.Header's own Get would find one spelling only.
type headerCarrier map[string][]string

// Get joins what stands in several lines or spellings, as W3C says for
// tracestate. A traceparent that stands there twice is no longer valid.
func (c headerCarrier) Get(key string) string {
	if values := c[key]; len(values) == 1 {
		return values[0]
	}
	var all []string
	for name, values := range c {
		if len(name) == len(key) && strings.EqualFold(name, key) {
			all = append(all, values...)
		}
	}
	return strings.Join(all, ",")
}

// Set leaves one spelling.
func (c headerCarrier) Set(key, value string) {
	key = strings.ToLower(key)
	for name := range c {
		if len(name) == len(key) && name != key && strings.EqualFold(name, key) {
			delete(c, name)
		}
	}
	c[key] = []string{value}
}

func (c headerCarrier) Keys() []string {
	keys := make([]string, 0, len(c))
	for name := range c {
		keys = append(keys, strings.ToLower(name))
	}
	return keys
}
