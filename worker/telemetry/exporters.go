package telemetry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// exporters are where telemetry goes, beside Prometheus.
type exporters struct {
	readers []sdkmetric.Reader
	// histograms are what the readers are told beside the SDK's instruments.
	histograms *histograms
	spans      []sdktrace.SpanProcessor
	logs       []sdklog.Processor
}

func (e exporters) any() bool { return len(e.readers)+len(e.spans)+len(e.logs) > 0 }

// disabled: the SDK does not look at this variable itself.
func disabled() bool { return strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") }

const (
	envTraces   = "OTEL_TRACES_EXPORTER"
	envMetrics  = "OTEL_METRICS_EXPORTER"
	envLogs     = "OTEL_LOGS_EXPORTER"
	envEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
	// envProducers would have autoexport forget our own producer.
	envProducers = "OTEL_METRICS_PRODUCERS"
)

// asked says that a signal's exporter is named, or the endpoint that it would go
// to. Unset means none here: OpenTelemetry's own default is a collector on this
// machine, and errors for ever where there is none.
func asked(exporter string, endpoints ...string) bool {
	switch os.Getenv(exporter) {
	case "none":
		return false
	case "":
	default:
		return true
	}
	for _, name := range endpoints {
		if os.Getenv(name) != "" {
			return true
		}
	}
	return false
}

func exportersFromEnv(ctx context.Context, tracesOnly bool) (e exporters, err error) {
	e.histograms = &histograms{}
	if asked(envTraces, envEndpoint, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") {
		exporter, err := autoexport.NewSpanExporter(ctx)
		if err != nil {
			return e, fmt.Errorf("%s: %w", envTraces, err)
		}
		e.spans = append(e.spans, sdktrace.NewBatchSpanProcessor(exporter))
	}
	if tracesOnly {
		return e, nil
	}
	// prometheus is what Handler serves: the library would open a port of its own.
	if asked(envMetrics, envEndpoint, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT") && os.Getenv(envMetrics) != "prometheus" {
		if os.Getenv(envProducers) != "" {
			return e, errors.New(envProducers + ": is not supported, unset it: the worker's histograms have a producer of their own")
		}
		autoexport.WithFallbackMetricProducer(func(context.Context) (sdkmetric.Producer, error) { return e.histograms, nil })
		reader, err := autoexport.NewMetricReader(ctx)
		if err != nil {
			return e, fmt.Errorf("%s: %w", envMetrics, err)
		}
		e.readers = append(e.readers, reader)
	}
	// Logs are on stderr already, where collectors find them: an endpoint for all
	// signals would have each line twice.
	if asked(envLogs, "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT") {
		exporter, err := autoexport.NewLogExporter(ctx)
		if err != nil {
			return e, fmt.Errorf("%s: %w", envLogs, err)
		}
		e.logs = append(e.logs, sdklog.NewBatchProcessor(exporter))
	}
	return e, nil
}

// describe says what all telemetry is about. OTEL_SERVICE_NAME and
// OTEL_RESOURCE_ATTRIBUTES win.
func describe(cfg Config) *resource.Resource {
	about := []attribute.KeyValue{attribute.String("service.name", "otpworker")}
	if cfg.Version != "" {
		about = append(about, attribute.String("service.version", cfg.Version))
	}
	if cfg.Name == "" {
		cfg.Name, _ = os.Hostname()
	}
	if cfg.Name != "" {
		about = append(about, attribute.String("service.instance.id", cfg.Name))
	}
	merged, err := resource.Merge(resource.NewSchemaless(about...), resource.Environment())
	if err != nil {
		return resource.NewSchemaless(about...)
	}
	return merged
}
