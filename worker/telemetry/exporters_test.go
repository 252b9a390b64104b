package telemetry

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otpworker/otpworker/schema"
)

// clean unsets what this shell may have.
func clean(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"OTEL_SDK_DISABLED", envTraces, envMetrics, envLogs, envEndpoint, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
		"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL",
		"OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_TRACES_SAMPLER",
	} {
		t.Setenv(name, "")
	}
}

// Which variables open which exporter; none of them, none.
func TestExportersFromEnv(t *testing.T) {
	const collector = "http://127.0.0.1:1"
	for name, c := range map[string]struct {
		env  []string
		want string
	}{
		"nothing":                {nil, ""},
		"an endpoint for all":    {[]string{envEndpoint, collector}, "traces metrics"},
		"an endpoint and logs":   {[]string{envEndpoint, collector, envLogs, "otlp"}, "traces metrics logs"},
		"an endpoint, no traces": {[]string{envEndpoint, collector, envTraces, "none"}, "metrics"},
		"an endpoint for traces": {[]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", collector}, "traces"},
		"an endpoint for logs":   {[]string{"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", collector}, "logs"},
		"traces":                 {[]string{envTraces, "otlp"}, "traces"},
		"metrics":                {[]string{envMetrics, "otlp"}, "metrics"},
		"logs over grpc":         {[]string{envLogs, "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}, "logs"},
		"prometheus is ours":     {[]string{envMetrics, "prometheus"}, ""},
		"an unknown exporter":    {[]string{envTraces, "zipkin"}, "OTEL_TRACES_EXPORTER"},
		"unknown, for metrics":   {[]string{envMetrics, "statsd"}, "OTEL_METRICS_EXPORTER"},
		"unknown, for logs":      {[]string{envLogs, "syslog"}, "OTEL_LOGS_EXPORTER"},
	} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			for i := 0; i < len(c.env); i += 2 {
				t.Setenv(c.env[i], c.env[i+1])
			}
			e, err := exportersFromEnv(t.Context(), false)
			if err != nil {
				if fault, _, _ := strings.Cut(err.Error(), ":"); fault != c.want {
					t.Errorf("%v, want a fault of %s", err, c.want)
				}
				return
			}
			var found []string
			for signal, n := range map[string]int{"traces": len(e.spans), "metrics": len(e.readers), "logs": len(e.logs)} {
				if n > 0 {
					found = append(found, signal)
				}
			}
			want := strings.Fields(c.want)
			slices.Sort(want)
			if slices.Sort(found); !slices.Equal(found, want) {
				t.Errorf("%v, want %v", found, want)
			}
			tel, err := start(DefaultConfig(), e)
			if err != nil {
				t.Fatal(err)
			}
			_ = tel.Shutdown(t.Context()) // nobody is there to take it
		})
	}
}

// A collector over HTTP gets all three signals at the end.
func TestOTLP(t *testing.T) {
	clean(t)
	var mu sync.Mutex
	var paths []string
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		paths = append(paths, r.URL.Path)
	}))
	defer collector.Close()
	t.Setenv(envEndpoint, collector.URL)
	t.Setenv(envLogs, "otlp")
	tel, err := Start(t.Context(), DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	_, ended := tel.Publishing(t.Context(), schema.LaneBatch, "j1")
	ended(nil)
	tel.metrics.dead.add(1, values{"poison"})
	tel.Logger(slog.DiscardHandler, slog.LevelInfo).Info("a line")
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	slices.Sort(paths)
	if want := []string{"/v1/logs", "/v1/metrics", "/v1/traces"}; !slices.Equal(slices.Compact(paths), want) {
		t.Errorf("the collector got %v, want %v", paths, want)
	}
}

// Metrics are kept unless they are switched off; a command has traces only.
func TestHandler(t *testing.T) {
	clean(t)
	off, command := DefaultConfig(), DefaultConfig()
	off.Metrics, command.TracesOnly = false, true
	for name, c := range map[string]struct {
		cfg  Config
		want bool
	}{"default": {DefaultConfig(), true}, "off": {off, false}, "command": {command, false}} {
		tel, err := Start(t.Context(), c.cfg)
		if err != nil {
			t.Fatal(err)
		}
		if (tel.Handler() != nil) != c.want {
			t.Errorf("%s: a handler: %t, want %t", name, tel.Handler() != nil, c.want)
		}
		if err := tel.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestDescribe(t *testing.T) {
	clean(t)
	about := func() map[attribute.Key]string {
		all := map[attribute.Key]string{}
		for _, kv := range describe(Config{Version: "v1", Name: "w1"}).Attributes() {
			all[kv.Key] = kv.Value.String()
		}
		return all
	}
	if a := about(); a["service.name"] != "otpworker" || a["service.version"] != "v1" || a["service.instance.id"] != "w1" {
		t.Errorf("%v", a)
	}
	t.Setenv("OTEL_SERVICE_NAME", "logins")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=prod,service.instance.id=pod-7")
	if a := about(); a["service.name"] != "logins" || a["deployment.environment.name"] != "prod" || a["service.instance.id"] != "pod-7" {
		t.Errorf("%v", a)
	}
}

func TestConfigFaults(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Propagation = "child"
	if err := cfg.Validate(); err == nil || !strings.HasPrefix(err.Error(), "OTPWORKER_TRACE_PROPAGATION: ") {
		t.Error(err)
	}
	cfg = DefaultConfig()
	cfg.ProviderURL = "http://me:hunter2@[::1"
	if _, err := start(cfg, exporters{histograms: &histograms{}}); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}
