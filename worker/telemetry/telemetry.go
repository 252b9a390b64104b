package telemetry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/contrib/instrumentation/runtime"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/exemplar"
	"go.opentelemetry.io/otel/trace"

	promexporter "go.opentelemetry.io/otel/exporters/prometheus"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// flushTime bounds what is written at the end.
const flushTime = 5 * time.Second

// A Telemetry is what is shown of a process. Its methods may be called on nil,
// which shows nothing.
type Telemetry struct {
	cfg     Config
	metrics *metrics // nil: none
	handler http.Handler
	tracing trace.TracerProvider // nil: none
	tracer  *tracer
	logs    log.LoggerProvider // nil: none
	ends    []func(context.Context) error
}

// Start reads the OTEL_* variables and opens what they ask for. OTEL_SDK_DISABLED
// switches everything off. An error names the variable.
func Start(ctx context.Context, cfg Config) (*Telemetry, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if disabled() {
		return &Telemetry{cfg: cfg}, nil
	}
	if cfg.TracesOnly {
		cfg.Metrics = false
	}
	e, err := exportersFromEnv(ctx, cfg.TracesOnly)
	if err != nil {
		return nil, err
	}
	return start(cfg, e)
}

// start opens what e has.
func start(cfg Config, e exporters) (*Telemetry, error) {
	t := &Telemetry{cfg: cfg}
	// The parser's error quotes the address, which may hold a password.
	address, err := url.Parse(cfg.ProviderURL)
	if err != nil {
		return nil, errors.New("start telemetry: the provider's address is no URL")
	}
	if e.any() && cfg.OnError != nil {
		otel.SetErrorHandler(otel.ErrorHandlerFunc(cfg.OnError))
	}
	about := describe(cfg)
	if err := t.startMetrics(e, sdkmetric.WithResource(about), address); err != nil {
		return nil, fmt.Errorf("start telemetry: %w", err)
	}
	t.startTracing(e, about, address)
	t.startLogs(e, about)
	return t, nil
}

func (t *Telemetry) startMetrics(e exporters, about sdkmetric.Option, address *url.URL) error {
	options := []sdkmetric.Option{about, sdkmetric.WithExemplarFilter(exemplar.AlwaysOffFilter), sdkmetric.WithView(goroutines)}
	if t.cfg.Metrics {
		registry := prometheus.NewRegistry()
		registry.MustRegister(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		reader, err := promexporter.New(promexporter.WithRegisterer(registry),
			promexporter.WithTranslationStrategy(translation), promexporter.WithoutScopeInfo(), promexporter.WithProducer(e.histograms))
		if err != nil {
			return err
		}
		t.handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
		options = append(options, sdkmetric.WithReader(reader))
	}
	for _, reader := range e.readers {
		options = append(options, sdkmetric.WithReader(reader))
	}
	if t.handler == nil && len(e.readers) == 0 {
		return nil
	}
	provider := sdkmetric.NewMeterProvider(options...)
	t.ends = append(t.ends, provider.Shutdown)
	var err error
	if t.metrics, err = newMetrics(provider, e.histograms, address); err != nil {
		return err
	}
	return runtime.Start(runtime.WithMeterProvider(provider))
}

// goroutines renames go.goroutine.count: promtool takes what ends with _count for
// part of a histogram.
var goroutines = sdkmetric.NewView(sdkmetric.Instrument{Name: "go.goroutine.count"}, sdkmetric.Stream{Name: "go.goroutines"})

// Handler serves the metrics to Prometheus; nil if they are switched off.
func (t *Telemetry) Handler() http.Handler {
	if t == nil {
		return nil
	}
	return t.handler
}

// Attach returns cfg with what a worker tells going to t as well as to what is in
// cfg already.
func (t *Telemetry) Attach(cfg worker.Config) worker.Config {
	if t == nil {
		return cfg
	}
	if t.metrics != nil {
		first, second := cfg.Observe, t.metrics.observe
		cfg.Observe = second
		if first != nil {
			cfg.Observe = func(e worker.Event) {
				first(e)
				second(e)
			}
		}
	}
	if t.tracer != nil {
		cfg.Tracer = t.tracer
	}
	return cfg
}

// Watch shows how a worker stands, until stop is called. oldest tells when the
// oldest job of a lane was queued, and zero if there is none or it is not known.
func (t *Telemetry) Watch(w *worker.Worker, q *queue.Queue, oldest func(schema.Lane) time.Time) (stop func(), err error) {
	if t == nil || t.metrics == nil {
		return func() {}, nil
	}
	if stop, err = t.metrics.watch(w, q, oldest); err != nil {
		return nil, fmt.Errorf("watch worker: %w", err)
	}
	return stop, nil
}

// Propagate is for the client's Config: it writes the trace context into requests
// to the provider. nil unless that was asked for.
func (t *Telemetry) Propagate() func(context.Context, http.Header) {
	if t == nil || t.tracer == nil || !t.cfg.Provider {
		return nil
	}
	return func(ctx context.Context, headers http.Header) {
		propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(headers))
	}
}

// Shutdown writes what is left, within five seconds whatever ctx says.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
	defer cancel()
	done := make(chan error, len(t.ends))
	for _, end := range t.ends {
		go func() { done <- end(ctx) }()
	}
	var faults []error
	for range t.ends {
		faults = append(faults, <-done)
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("flush telemetry: %w", err)
	}
	return nil
}
