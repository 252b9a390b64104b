package telemetry

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

const (
	producerTrace = "0af7651916cd43dd8448eb211c80319c"
	producerSpan  = "b7ad6b7169203331"
	sampled       = "00-" + producerTrace + "-" + producerSpan + "-01"
	unsampled     = "00-" + producerTrace + "-" + producerSpan + "-00"
)

// named are the spans with a name so far, in the order they began.
func (r *rig) named(name string) []tracetest.SpanStub {
	spans := slices.DeleteFunc(slices.Clone(r.spans.GetSpans()), func(s tracetest.SpanStub) bool { return s.Name != name })
	slices.SortFunc(spans, func(a, b tracetest.SpanStub) int { return a.StartTime.Compare(b.StartTime) })
	return spans
}

// one is the only span with a name.
func (r *rig) one(name string) tracetest.SpanStub {
	r.t.Helper()
	spans := r.named(name)
	if len(spans) != 1 {
		r.t.Fatalf("%d spans %q, want one", len(spans), name)
	}
	return spans[0]
}

func value(s tracetest.SpanStub, key string) string {
	for _, kv := range s.Attributes {
		if string(kv.Key) == key {
			return kv.Value.String()
		}
	}
	return ""
}

func wantAttributes(t *testing.T, s tracetest.SpanStub, want map[string]string) {
	t.Helper()
	for key, value := range want {
		found := ""
		for _, kv := range s.Attributes {
			if string(kv.Key) == key {
				found = kv.Value.String()
			}
		}
		if found != value {
			t.Errorf("%s: %s is %q, want %q", s.Name, key, found, value)
		}
	}
}

func eventsOf(s tracetest.SpanStub) (names []string) {
	for _, e := range s.Events {
		names = append(names, e.Name)
	}
	return names
}

// stored are the headers of the results in the stream.
func (r *rig) stored() []nats.Header {
	r.t.Helper()
	consumer, err := r.js.OrderedConsumer(r.t.Context(), schema.StreamResults, orderedAll)
	if err != nil {
		r.t.Fatal(err)
	}
	batch, err := consumer.FetchNoWait(100)
	if err != nil {
		r.t.Fatal(err)
	}
	var headers []nats.Header
	for msg := range batch.Messages() {
		headers = append(headers, msg.Headers())
	}
	return headers
}

const (
	processSpan = "process otp.v1.job.interactive.{appId}"
	batchSpan   = "process otp.v1.job.batch.{appId}"
	attemptSpan = "POST " + sendTemplate
	askSpan     = "POST " + recordTemplate
	resultSpan  = "send otp.v1.result.interactive.{appId}"
)

// One trace from the producer to the result, with the job's retry in it, however
// the producer spells its headers.
func TestTraceOfARetry(t *testing.T) {
	for _, header := range []string{"traceparent", "Traceparent", "TRACEPARENT"} {
		t.Run(header, func(t *testing.T) {
			inVirtualTime(t, nil, func(t *testing.T, r *rig) {
				j := job("j1", number(t, "42", 1))
				r.raw("otp.v1.job.interactive.app1", encoded(t, j), nats.Header{
					nats.MsgIdHdr: {"j1"}, header: {sampled}, strings.ToUpper("tracestate"): {"vendor=1"},
				})
				r.await(time.Minute, "j1")

				process := r.one(processSpan)
				if process.SpanContext.TraceID().String() != producerTrace || process.Parent.SpanID().String() != producerSpan {
					t.Errorf("the process span is in trace %s under %s", process.SpanContext.TraceID(), process.Parent.SpanID())
				}
				if len(process.Links) != 1 || process.Links[0].SpanContext.SpanID().String() != producerSpan {
					t.Errorf("links %v", process.Links)
				}
				if process.SpanKind != trace.SpanKindConsumer || process.SpanContext.TraceState().Get("vendor") != "1" {
					t.Errorf("kind %v, state %q", process.SpanKind, process.SpanContext.TraceState())
				}
				wantAttributes(t, process, map[string]string{
					"messaging.system": "nats", "messaging.message.id": "j1", "otpworker.app_id": "app1", "otpworker.delivery": "1",
					"otpworker.outcome": "sent", "otpworker.attempts": "2", "otpworker.next": "", labelError: "",
				})
				if names := eventsOf(process); !slices.Equal(names, []string{"claimed", "wait", "claimed"}) {
					t.Errorf("events %v", names)
				}
				attempts := r.named(attemptSpan)
				if len(attempts) != 2 {
					t.Fatalf("%d attempts", len(attempts))
				}
				for i, want := range []map[string]string{
					{"http.request.resend_count": "", "otpworker.attempt": "1", "http.response.status_code": "429", labelError: "throttled"},
					{"http.request.resend_count": "1", "otpworker.attempt": "2", "http.response.status_code": "200", labelError: ""},
				} {
					wantAttributes(t, attempts[i], want)
					wantAttributes(t, attempts[i], map[string]string{
						"http.request.method": "POST", "url.full": "http://localhost/otp/verification/sendRule",
						"url.template": sendTemplate, "server.address": "localhost", "server.port": "80",
					})
					if attempts[i].Parent.SpanID() != process.SpanContext.SpanID() || attempts[i].SpanKind != trace.SpanKindClient {
						t.Errorf("attempt %d: parent %s, kind %v", i+1, attempts[i].Parent.SpanID(), attempts[i].SpanKind)
					}
				}
				if attempts[0].Status.Code != codes.Error || attempts[1].Status.Code != codes.Unset {
					t.Errorf("statuses %v and %v", attempts[0].Status, attempts[1].Status)
				}
				if wait := attempts[1].StartTime.Sub(attempts[0].EndTime); wait < time.Second {
					t.Errorf("the second attempt began %s after the first, which asked for 1s", wait)
				}
				result := r.one(resultSpan)
				if result.Parent.SpanID() != process.SpanContext.SpanID() || result.SpanKind != trace.SpanKindProducer {
					t.Errorf("result: parent %s, kind %v", result.Parent.SpanID(), result.SpanKind)
				}
				want := fmt.Sprintf("00-%s-%s-01", producerTrace, result.SpanContext.SpanID())
				if headers := r.stored(); len(headers) != 1 || !slices.Equal(headers[0]["traceparent"], []string{want}) {
					t.Errorf("the result went out with %v, want traceparent %s", headers, want)
				}
			})
		})
	}
}

// The helper takes the trace of its context along, and the answer brings it back.
func TestTraceOfSendAndWait(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		replies, err := r.nc.SubscribeSync("otp.v1.reply.>")
		if err != nil {
			t.Fatal(err)
		}
		ctx, span := r.tel.tracing.Tracer("app").Start(t.Context(), "login")
		if _, err := r.queue.SendAndWait(ctx, schema.LaneInteractive, job("j1", goodNumber)); err != nil {
			t.Fatal(err)
		}
		span.End()
		r.await(time.Minute, "j1")
		if process := r.one(processSpan); process.Parent.SpanID() != span.SpanContext().SpanID() {
			t.Errorf("the process span is under %s, want %s", process.Parent.SpanID(), span.SpanContext().SpanID())
		}
		reply, err := replies.NextMsgWithContext(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		at := trace.SpanContextFromContext(queue.TraceFrom(t.Context(), reply.Header))
		if at.SpanID() != r.one(resultSpan).SpanContext.SpanID() {
			t.Errorf("the reply went out with %v", reply.Header)
		}
	})
}

// A trace for each job of a batch, and a link to the producer's; and the switch.
func TestTracePropagation(t *testing.T) {
	for _, c := range []struct {
		propagation Propagation
		lane        schema.Lane
		child, link bool
	}{
		{PropagationParent, schema.LaneInteractive, true, true},
		{PropagationParent, schema.LaneBatch, false, true},
		{PropagationLink, schema.LaneInteractive, false, true},
		{PropagationLink, schema.LaneBatch, false, true},
		{PropagationNone, schema.LaneInteractive, false, false},
		{PropagationNone, schema.LaneBatch, false, false},
	} {
		t.Run(string(c.propagation)+" "+string(c.lane), func(t *testing.T) {
			inVirtualTime(t, func(s *setup) { s.telemetry.Propagation = c.propagation }, func(t *testing.T, r *rig) {
				r.raw("otp.v1.job."+string(c.lane)+".app1", encoded(t, job("j1", goodNumber)), nats.Header{"traceparent": {sampled}})
				r.await(time.Minute, "j1")
				name := processSpan
				if c.lane == schema.LaneBatch {
					name = batchSpan
				}
				process := r.one(name)
				if child := process.SpanContext.TraceID().String() == producerTrace; child != c.child || process.Parent.IsValid() != c.child {
					t.Errorf("child of the producer: %t, want %t", child, c.child)
				}
				link := len(process.Links) == 1 && process.Links[0].SpanContext.TraceID().String() == producerTrace
				if link != c.link || len(process.Links) > 1 {
					t.Errorf("links %v", process.Links)
				}
			})
		})
	}
}

// A lost answer: the question is a call too, and the wait before it is seen.
func TestTraceOfAReconcile(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.raw("otp.v1.job.interactive.app1", encoded(t, job("j1", number(t, "62", 1))), nats.Header{"traceparent": {sampled}})
		r.await(2*time.Minute, "j1")
		ask := r.one(askSpan)
		wantAttributes(t, ask, map[string]string{
			"otpworker.found": "true", "http.response.status_code": "200", "url.full": "http://localhost/otp/verification/orderId/record",
		})
		wantAttributes(t, r.one(attemptSpan), map[string]string{labelError: "unreachable", "otpworker.outcome": "unknown"})
		// The wait was spent in the queue: a second delivery went on.
		deliveries := r.named(processSpan)
		if len(deliveries) != 2 {
			t.Fatalf("%d deliveries", len(deliveries))
		}
		for _, d := range deliveries {
			if d.SpanContext.TraceID().String() != producerTrace {
				t.Errorf("a delivery is in trace %s", d.SpanContext.TraceID())
			}
		}
		if first := eventsOf(deliveries[0]); !slices.Equal(first, []string{"claimed", "wait", "aside"}) {
			t.Errorf("events of the first delivery: %v", first)
		}
		for _, e := range deliveries[0].Events {
			if e.Name != "aside" {
				continue
			}
			set := attribute.NewSet(e.Attributes...)
			if next, _ := set.Value("otpworker.next"); next.String() != "reconcile" {
				t.Errorf("aside to %s", next.String())
			}
			if delay, _ := set.Value("otpworker.delay_ms"); delay.AsInt64() < 10_000 {
				t.Errorf("aside for %d ms", delay.AsInt64())
			}
		}
		if ask.Parent.SpanID() != deliveries[1].SpanContext.SpanID() {
			t.Error("the question is not part of the second delivery")
		}
	})
}

// A job that nobody could send is an error in its trace, a held one says for what.
func TestTraceOfAnExpiredJob(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.closeProvider()
		j := job("j1", goodNumber)
		j.TTLSeconds = 20
		r.publish(schema.LaneInteractive, j)
		r.await(time.Minute, "j1")
		r.openProvider()
		deliveries := r.named(processSpan)
		last := deliveries[len(deliveries)-1]
		if last.Status.Code != codes.Error || value(last, "otpworker.outcome") != "expired" {
			t.Errorf("status %v, attributes %v", last.Status, last.Attributes)
		}
		held := 0
		for _, d := range deliveries {
			for _, e := range d.Events {
				set := attribute.NewSet(e.Attributes...)
				if v, ok := set.Value("otpworker.held"); ok && v.String() == "provider" {
					held++
				}
			}
		}
		if held == 0 {
			t.Error("no event says that the job was held for the provider")
		}
	})
}

// What is not sampled makes no span, and those who come later hear of it.
func TestTraceUnsampled(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.telemetry.Provider = true }, func(t *testing.T, r *rig) {
		r.raw("otp.v1.job.interactive.app1", encoded(t, job("j1", number(t, "42", 1))), nats.Header{"traceparent": {unsampled}})
		r.await(time.Minute, "j1")
		if spans := r.spans.GetSpans(); len(spans) != 0 {
			t.Errorf("%d spans", len(spans))
		}
		headers := r.stored()
		if parent := headers[0]["traceparent"]; len(parent) != 1 || !strings.HasPrefix(parent[0], "00-"+producerTrace) || !strings.HasSuffix(parent[0], "-00") {
			t.Errorf("the result went out with %v", headers[0])
		}
		if asked := r.asked.text(); !strings.Contains(asked, producerTrace) || strings.Contains(asked, "-01\r\n") {
			t.Errorf("the provider was asked with\n%s", asked)
		}
	})
}

// The provider gets the trace only if that is asked for.
func TestTraceToTheProvider(t *testing.T) {
	for _, on := range []bool{false, true} {
		t.Run(fmt.Sprint(on), func(t *testing.T) {
			inVirtualTime(t, func(s *setup) { s.telemetry.Provider = on }, func(t *testing.T, r *rig) {
				r.raw("otp.v1.job.interactive.app1", encoded(t, job("j1", goodNumber)), nats.Header{"traceparent": {sampled}, "tracestate": {"vendor=1"}})
				r.await(time.Minute, "j1")
				want := fmt.Sprintf("traceparent: 00-%s-%s-01\r\n", producerTrace, r.one(attemptSpan).SpanContext.SpanID())
				asked := strings.ToLower(r.asked.text())
				if strings.Contains(asked, want) != on || strings.Contains(asked, "trace") != on {
					t.Errorf("the provider was asked with\n%s", asked)
				}
			})
		})
	}
}

// A producer's span around a publish is the parent of the worker's.
func TestPublishing(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		ctx, ended := r.tel.Publishing(t.Context(), schema.LaneInteractive, canaryPhone)
		err := r.queue.Publish(ctx, schema.LaneInteractive, job("j1", goodNumber))
		ended(err)
		r.await(time.Minute, "j1")
		send := r.one("send otp.v1.job.interactive.{appId}")
		if r.one(processSpan).Parent.SpanID() != send.SpanContext.SpanID() || send.SpanKind != trace.SpanKindProducer {
			t.Errorf("span %v", send)
		}
		wantAttributes(t, send, map[string]string{"messaging.message.id": "***5432"})
		_, ended = r.tel.Publishing(t.Context(), schema.LaneBatch, "j2")
		ended(errors.New("no broker"))
		if s := r.one("send otp.v1.job.batch.{appId}"); s.Status.Code != codes.Error {
			t.Errorf("status %v", s.Status)
		}
	})
}

// A shell hands its trace on.
func TestPublishingFromAShell(t *testing.T) {
	t.Setenv("TRACEPARENT", sampled)
	var none *Telemetry
	ctx, ended := none.Publishing(t.Context(), schema.LaneInteractive, "j1")
	ended(nil)
	if at := trace.SpanContextFromContext(ctx); at.SpanID().String() != producerSpan {
		t.Errorf("context %v", at)
	}
}
