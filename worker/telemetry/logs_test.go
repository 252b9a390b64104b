package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
)

func logged(t *testing.T, level slog.Leveler, write func(*slog.Logger)) (text string) {
	t.Helper()
	var out bytes.Buffer
	var none *Telemetry
	write(none.Logger(slog.NewJSONHandler(&out, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey && len(groups) == 0 {
				return slog.Attr{}
			}
			return a
		},
	}), level))
	return strings.TrimSpace(out.String())
}

// A person is a type that somebody logs as a whole.
type person struct{ To, Code string }

func TestRedaction(t *testing.T) {
	for name, c := range map[string]struct {
		write func(*slog.Logger)
		want  string
	}{
		"nothing to mask": {
			func(l *slog.Logger) {
				l.Info("m", "job_id", "spring-00000042", "status", "-28", "n", 8613800138000, "for", 3*time.Second)
			},
			`{"level":"INFO","msg":"m","job_id":"spring-00000042","status":"-28","n":8613800138000,"for":3000000000}`,
		},
		"a number by any name": {
			func(l *slog.Logger) { l.Info("m", "whatever", "+8613800138000", "to", "8613800138000") },
			`{"level":"INFO","msg":"m","whatever":"+***8000","to":"***8000"}`,
		},
		"a code by any name": {
			func(l *slog.Logger) { l.Info("m", "x", "739154", "code", "Kx7Qw9", "Code", "a", "otp", 739154) },
			`{"level":"INFO","msg":"m","x":"***","code":"***","Code":"***","otp":"***"}`,
		},
		"ids of digits": {
			func(l *slog.Logger) { l.Info("m", "job_id", "100042", "app_id", "1234", "batch_id", "2026") },
			`{"level":"INFO","msg":"m","job_id":"100042","app_id":"1234","batch_id":"2026"}`,
		},
		"an id that is a number": {
			func(l *slog.Logger) { l.Info("m", "job_id", "8613800138000") },
			`{"level":"INFO","msg":"m","job_id":"***8000"}`,
		},
		"an error": {
			func(l *slog.Logger) {
				l.Info("m", "err", fmt.Errorf("send to %s: %w", "8613800138000", errors.New("no")))
			},
			`{"level":"INFO","msg":"m","err":"send to ***8000: no"}`,
		},
		"a group": {
			func(l *slog.Logger) {
				l.Info("m", slog.Group("job", "id", "j1", "to", "8613800138000", slog.Group("deep", "pin", "x"), "last", "8613800138000"))
			},
			`{"level":"INFO","msg":"m","job":{"id":"j1","to":"***8000","deep":{"pin":"***"},"last":"***8000"}}`,
		},
		"what the logger carries": {
			func(l *slog.Logger) {
				l.With("phone", "1").WithGroup("g").With("x", "8613800138000").Info("m", "y", "8613800138000")
			},
			`{"level":"INFO","msg":"m","phone":"***","g":{"x":"***8000","y":"***8000"}}`,
		},
		"any type": {
			func(l *slog.Logger) {
				l.Info("m", "who", person{"8613800138000", "a"}, "all", []string{"8613800138000"}, "raw", []byte("to 8613800138000"))
			},
			`{"level":"INFO","msg":"m","who":"{To:***8000 Code:a}","all":"[***8000]","raw":"to ***8000"}`,
		},
		"types that mask themselves": {
			func(l *slog.Logger) {
				l.Info("m", "a", redact.NewPhone("8613800138000"), "b", redact.NewCode("739154"), "c", redact.NewSecret("s"))
			},
			`{"level":"INFO","msg":"m","a":"***8000","b":"[redacted code]","c":"[redacted]"}`,
		},
		"nothing": {
			func(l *slog.Logger) { l.Info("m", "err", error(nil), "empty", "", slog.Group("g")) },
			`{"level":"INFO","msg":"m","err":null,"empty":""}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := logged(t, slog.LevelInfo, c.write); got != c.want {
				t.Errorf("\n%s, want\n%s", got, c.want)
			}
		})
	}
}

// The level can be changed while loggers are in use.
func TestLevelChanges(t *testing.T) {
	level := new(slog.LevelVar)
	text := logged(t, level, func(l *slog.Logger) {
		with := l.With("a", 1)
		with.Debug("one")
		level.Set(slog.LevelDebug)
		with.Debug("two")
		level.Set(slog.LevelError)
		with.Warn("three")
	})
	if want := `{"level":"DEBUG","msg":"two","a":1}`; text != want {
		t.Errorf("%s, want %s", text, want)
	}
}

// What has nothing to mask costs no allocation.
func TestRedactionIsCheap(t *testing.T) {
	h := &redactor{next: slog.DiscardHandler, level: slog.LevelInfo}
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "attempt", 0)
	r.AddAttrs(slog.String("job_id", "spring-00000042"), slog.String("app_id", "myapp01"), slog.String("lane", "interactive"),
		slog.Int("attempt", 1), slog.String("outcome", "accepted"), slog.String("status", "0"), slog.Int64("took_ms", 120))
	if n := testing.AllocsPerRun(100, func() { _ = h.Handle(context.Background(), r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// The lines of a job tell its trace, to a person and to a collector.
func TestLogsTellTheTrace(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.raw("otp.v1.job.interactive.app1", encoded(t, job("j1", number(t, "42", 1))), nats.Header{"traceparent": {sampled}})
		r.await(time.Minute, "j1")
		span := r.one(processSpan).SpanContext.SpanID().String()
		kinds := map[string]int{}
		for _, line := range r.log.all() {
			var fields map[string]any
			if err := json.Unmarshal([]byte(line), &fields); err != nil {
				t.Fatal(err)
			}
			if fields["job_id"] != "j1" {
				continue
			}
			kinds[fields["msg"].(string)]++
			if fields["trace_id"] != producerTrace || fields["span_id"] != span {
				t.Errorf("not in trace %s, span %s: %s", producerTrace, span, line)
			}
		}
		if kinds["attempt"] != 2 || kinds["result"] != 1 || kinds["taken"] != 1 {
			t.Errorf("lines %v", kinds)
		}
		exported := 0
		for _, record := range r.logs.records {
			if record.Body().AsString() == "attempt" && record.TraceID() == r.one(processSpan).SpanContext.TraceID() {
				exported++
			}
		}
		if exported != 2 {
			t.Errorf("%d attempts were exported, want 2", exported)
		}
	})
}

// Lines that belong to no job belong to no trace.
func TestLogsWithoutATrace(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.publish(schema.LaneInteractive, job("j1", goodNumber))
		r.await(time.Minute, "j1")
		r.stopWorker()
		for _, line := range r.log.all() {
			if strings.Contains(line, "worker stopping") && strings.Contains(line, "trace_id") {
				t.Error(line)
			}
		}
		if !strings.Contains(strings.Join(r.log.all(), "\n"), "worker stopping") {
			t.Error("no such line")
		}
	})
}
