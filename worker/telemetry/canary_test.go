package telemetry

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
)

const (
	canaryPhone = "4917698765432"
	canaryCode  = "Kx7Qw9Zt3P"
	canaryKey   = "canary-key-51c0"
)

// No number, code, key or query string gets into a span, a metric or a log,
// whatever becomes of a job and wherever a producer put the number.
func TestNoCanaryGetsOut(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.telemetry.Provider = true }, func(t *testing.T, r *rig) {
		secrets := []string{canaryPhone, canaryCode, canaryKey, "hunter2", "apikey", sandbox.DefaultKey, sandbox.DefaultSecret}
		var ids []string
		put := func(lane schema.Lane, id, to string) {
			j := job(id, to)
			j.Code, j.TTLSeconds = redact.NewCode(canaryCode), 120
			r.publish(lane, j)
			ids, secrets = append(ids, id), append(secrets, to)
		}
		put(schema.LaneInteractive, "good", canaryPhone)
		for _, n := range sandbox.Numbers() {
			put(schema.LaneBatch, "number-"+n.NN, n.Example(1))
		}
		put(schema.LaneInteractive, canaryPhone, canaryPhone) // an id that is a number
		for i, body := range []string{
			`{"id":"bad-0","appId":"app1","code":"` + canaryCode + `","to":"+` + canaryPhone + `"}`,
			`{"id":"bad-1","appId":"` + canaryPhone + `","to":"` + canaryPhone + `","channel":"` + canaryCode + `"}`,
		} {
			id := fmt.Sprintf("bad-%d", i)
			r.raw("otp.v1.job.interactive.app1", []byte(body), nats.Header{
				nats.MsgIdHdr: {id}, "traceparent": {canaryPhone}, "baggage": {"to=" + canaryPhone}, "tracestate": {"to=" + canaryPhone},
			})
			ids = append(ids, id)
		}
		r.await(10*time.Minute, ids...)
		r.tel.Logger(slog.NewJSONHandler(r.log, nil), slog.LevelInfo).Info("a mistake", "to", canaryPhone, "code", canaryCode)

		texts := map[string]string{"metrics": r.scrape(), "log": strings.Join(r.log.all(), "\n")}
		for i, span := range r.spans.GetSpans() {
			texts[fmt.Sprintf("span %d", i)] = spanText(span)
		}
		r.logs.mu.Lock()
		for i, record := range r.logs.records {
			texts[fmt.Sprintf("record %d", i)] = recordText(&record)
		}
		r.logs.mu.Unlock()
		if len(texts) < 100 {
			t.Fatalf("only %d texts to search", len(texts))
		}
		for where, text := range texts {
			for _, secret := range secrets {
				if strings.Contains(text, secret) {
					t.Errorf("%s holds %s: %.600s", where, secret, text)
				}
			}
		}
	})
}

func spanText(s tracetest.SpanStub) string {
	var b strings.Builder
	fmt.Fprintln(&b, s.Name, s.SpanContext.TraceState(), s.Status.Description)
	write := func(all []attribute.KeyValue) {
		for _, kv := range all {
			fmt.Fprintln(&b, kv.Key, kv.Value.String())
		}
	}
	write(s.Attributes)
	for _, e := range s.Events {
		fmt.Fprintln(&b, e.Name)
		write(e.Attributes)
	}
	for _, l := range s.Links {
		fmt.Fprintln(&b, l.SpanContext.TraceState())
		write(l.Attributes)
	}
	return b.String()
}

func recordText(r *sdklog.Record) string {
	var b strings.Builder
	fmt.Fprintln(&b, r.Body())
	r.WalkAttributes(func(kv attribute.KeyValue) bool {
		fmt.Fprintln(&b, kv.Key, kv.Value.String())
		return true
	})
	return b.String()
}
