package queue

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/trace"
)

const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func TestTraceFrom(t *testing.T) {
	for name, c := range map[string]struct {
		headers nats.Header
		valid   bool
		state   string
	}{
		"none":               {nil, false, ""},
		"others":             {nats.Header{"Nats-Msg-Id": {"j1"}}, false, ""},
		"lower case":         {nats.Header{"traceparent": {parent}, "tracestate": {"a=1"}}, true, "a=1"},
		"canonical":          {nats.Header{"Traceparent": {parent}, "Tracestate": {"a=1"}}, true, "a=1"},
		"upper case":         {nats.Header{"TRACEPARENT": {parent}, "TraceState": {"a=1"}}, true, "a=1"},
		"state in lines":     {nats.Header{"traceparent": {parent}, "tracestate": {"a=1", "b=2"}}, true, "a=1,b=2"},
		"two parents":        {nats.Header{"traceparent": {parent, parent}}, false, ""},
		"in two spellings":   {nats.Header{"TraceParent": {parent}, "Traceparent": {parent}}, false, ""},
		"empty":              {nats.Header{"traceparent": {}}, false, ""},
		"garbage":            {nats.Header{"traceparent": {"8613800138000"}}, false, ""},
		"state only":         {nats.Header{"tracestate": {"a=1"}}, false, ""},
		"of the same length": {nats.Header{"tracepatent": {parent}}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			at := trace.SpanContextFromContext(TraceFrom(t.Context(), c.headers))
			if at.IsValid() != c.valid || at.TraceState().String() != c.state {
				t.Errorf("valid %t, state %q, want %t, %q", at.IsValid(), at.TraceState(), c.valid, c.state)
			}
			if c.valid && (!at.IsRemote() || !at.IsSampled()) {
				t.Errorf("remote %t, sampled %t", at.IsRemote(), at.IsSampled())
			}
		})
	}
}

func TestTraced(t *testing.T) {
	if headers := traced(t.Context(), nil); headers != nil {
		t.Errorf("without a trace: %v", headers)
	}
	ctx := TraceFrom(t.Context(), nats.Header{"traceparent": {parent}, "tracestate": {"a=1"}})
	old := nats.Header{"Traceparent": {"old"}, "TRACESTATE": {"old=1"}, "Nats-Msg-Id": {"j1"}}
	want := nats.Header{"traceparent": {parent}, "tracestate": {"a=1"}, "Nats-Msg-Id": {"j1"}}
	if diff := cmp.Diff(want, traced(ctx, old)); diff != "" {
		t.Errorf("one spelling is left (-want +got):\n%s", diff)
	}
	two := append(make([]header, 0, usualHeaders), header{"a", "1"}, header{"b", "2"})
	if all := withTrace(ctx, two); len(all) != usualHeaders {
		t.Errorf("headers %v", all)
	}
	if all := withTrace(t.Context(), two); len(all) != 2 {
		t.Errorf("headers %v", all)
	}
}

func TestHeaderCarrierKeys(t *testing.T) {
	if keys := (headerCarrier{"TraceParent": {"x"}}).Keys(); len(keys) != 1 || keys[0] != "traceparent" {
		t.Error(keys)
	}
}
