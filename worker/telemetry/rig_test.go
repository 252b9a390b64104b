package telemetry

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server/ats"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
	"github.com/otpworker/otpworker/worker/stats"
)

// TestMain starts the server's one global ticker before any bubble.
func TestMain(m *testing.M) {
	ats.Register()
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

// A setup is what a test changes about a rig.
type setup struct {
	telemetry Config
	worker    worker.Config
	sandbox   sandbox.Config
}

// A rig is the whole path in one process and in virtual time, with telemetry that
// is kept in memory.
type rig struct {
	t     *testing.T
	setup setup
	queue *queue.Queue
	nc    *nats.Conn
	js    jetstream.JetStream
	box   *sandbox.Sandbox
	tel   *Telemetry
	stop  func()
	log   *lines
	// asked are the headers of the requests to the provider.
	asked *requests

	reader *sdkmetric.ManualReader
	spans  *tracetest.InMemoryExporter
	logs   *memoryLogs

	mu   sync.Mutex
	pipe *sandbox.PipeListener
	done map[string]schema.Result
}

func inVirtualTime(t *testing.T, change func(*setup), test func(*testing.T, *rig)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, setup: setup{telemetry: DefaultConfig(), worker: worker.DefaultConfig()}, done: map[string]schema.Result{}}
		r.setup.telemetry.ProviderURL = "http://me:hunter2@localhost/otp?apikey=" + canaryKey
		r.setup.worker.Name, r.setup.worker.RetryJitter = "w1", 0
		if change != nil {
			change(&r.setup)
		}
		server, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Stop()
		r.connect(server)
		defer r.disconnect()
		r.box = sandbox.New(r.setup.sandbox)
		r.openProvider()
		defer r.closeProvider()
		r.startTelemetry()
		defer r.stopTelemetry()
		r.startWorker()
		defer r.stopWorker()
		test(t, r)
	})
}

func (r *rig) disconnect() {
	r.nc.Close()
	if err := r.queue.Close(); err != nil {
		r.t.Error(err)
	}
}

func (r *rig) stopTelemetry() {
	if err := r.tel.Shutdown(r.t.Context()); err != nil {
		r.t.Error(err)
	}
}

// stopWorker ends the worker and what watches it; later calls do nothing.
func (r *rig) stopWorker() {
	if r.stop != nil {
		r.stop()
		r.stop = nil
	}
}

func (r *rig) connect(server *queue.Embedded) {
	cfg := queue.DefaultConfig()
	cfg.Options = []nats.Option{server.InProcess()}
	var err error
	if r.queue, err = queue.Connect(r.t.Context(), cfg); err != nil {
		r.t.Fatal(err)
	}
	if err := r.queue.Provision(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	if r.nc, err = nats.Connect("", server.InProcess()); err != nil {
		r.t.Fatal(err)
	}
	if r.js, err = jetstream.New(r.nc); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) openProvider() {
	pipe := sandbox.Pipe()
	r.mu.Lock()
	r.pipe = pipe
	r.mu.Unlock()
	go func() { _ = r.box.Serve(pipe) }()
	synctest.Wait()
}

func (r *rig) closeProvider() {
	if err := r.box.Close(); err != nil {
		r.t.Error(err)
	}
}

func (r *rig) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	r.mu.Lock()
	pipe := r.pipe
	r.mu.Unlock()
	conn, err := pipe.Dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &listening{Conn: conn, to: r.asked}, nil
}

func (r *rig) startTelemetry() {
	shown := &histograms{}
	r.reader = sdkmetric.NewManualReader(sdkmetric.WithProducer(shown))
	r.spans = tracetest.NewInMemoryExporter()
	r.logs, r.log, r.asked = &memoryLogs{}, &lines{}, &requests{}
	var err error
	r.tel, err = start(r.setup.telemetry, exporters{
		readers: []sdkmetric.Reader{r.reader}, histograms: shown,
		spans: []sdktrace.SpanProcessor{sdktrace.NewSimpleSpanProcessor(r.spans)},
		logs:  []sdklog.Processor{sdklog.NewSimpleProcessor(r.logs)},
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) startWorker() {
	cc := client.DefaultConfig()
	cc.BaseURL, cc.Dial = "http://localhost/otp", r.dial
	cc.APIKey, cc.APISecret = redact.NewSecret(sandbox.DefaultKey), redact.NewSecret(sandbox.DefaultSecret)
	cc.Propagate = r.tel.Propagate()
	provider, err := client.New(cc)
	if err != nil {
		r.t.Fatal(err)
	}
	cfg := r.setup.worker
	cfg.Observe = r.observe
	cfg.Logger = r.tel.Logger(slog.NewJSONHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}), slog.LevelDebug)
	w, err := worker.New(r.tel.Attach(cfg), r.queue, provider)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	collector := stats.NewCollector("v1.2.3")
	collector.Watch(w)
	unwatch, err := r.tel.Watch(w, r.queue, collector.Oldest)
	if err != nil {
		r.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		collector.LookForOldest(ctx, r.queue)
	}()
	r.stop = func() {
		unwatch()
		cancel()
		<-looked
		if err := <-done; err != nil {
			r.t.Errorf("run worker: %v", err)
		}
		provider.Close()
	}
}

func (r *rig) observe(e worker.Event) {
	if e.Kind == worker.KindResult {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.done[e.JobID] = e.Result
	}
}

// await lets virtual time pass until the jobs have their results.
func (r *rig) await(limit time.Duration, ids ...string) {
	r.t.Helper()
	missing := ""
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		r.mu.Lock()
		missing = ""
		for _, id := range ids {
			if _, ok := r.done[id]; !ok {
				missing = id
			}
		}
		r.mu.Unlock()
		if missing == "" {
			synctest.Wait()
			return
		}
	}
	r.t.Fatalf("job %s has no result after %s", missing, limit)
}

const goodNumber = "8613800138000"

func job(id, to string) schema.Job {
	return schema.Job{ID: id, AppID: "app1", Code: redact.NewCode("123456"), To: redact.NewPhone(to)}
}

// number is the sandbox's number that misbehaves for so many calls.
func number(t *testing.T, nn string, calls int) string {
	t.Helper()
	for _, n := range sandbox.Numbers() {
		if n.NN == nn {
			return n.Example(calls)
		}
	}
	t.Fatalf("no number %s", nn)
	return ""
}

func (r *rig) publish(lane schema.Lane, jobs ...schema.Job) {
	r.t.Helper()
	for _, j := range jobs {
		if err := r.queue.Publish(r.t.Context(), lane, j); err != nil {
			r.t.Fatal(err)
		}
	}
}

// raw publishes as a program in another language does.
func (r *rig) raw(subject string, body []byte, headers nats.Header) {
	r.t.Helper()
	if _, err := r.js.PublishMsg(r.t.Context(), &nats.Msg{Subject: subject, Data: body, Header: headers}); err != nil {
		r.t.Fatal(err)
	}
}

func encoded(t *testing.T, j schema.Job) []byte {
	t.Helper()
	data, err := j.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// metrics are the data of the reader, by name.
func (r *rig) metrics() map[string]metricdata.Aggregation {
	r.t.Helper()
	var data metricdata.ResourceMetrics
	if err := r.reader.Collect(r.t.Context(), &data); err != nil {
		r.t.Fatal(err)
	}
	all := map[string]metricdata.Aggregation{}
	for _, s := range data.ScopeMetrics {
		for _, m := range s.Metrics {
			all[m.Name] = m.Data
		}
	}
	return all
}

// scrape is what Prometheus gets.
func (r *rig) scrape() string {
	recorder := httptest.NewRecorder()
	r.tel.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return recorder.Body.String()
}

// lines is a log that many write to.
type lines struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(p)
}

func (l *lines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSpace(l.String()), "\n")
}

// memoryLogs keeps the records that would be exported.
type memoryLogs struct {
	mu      sync.Mutex
	records []sdklog.Record
}

func (m *memoryLogs) Export(_ context.Context, records []sdklog.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range records {
		m.records = append(m.records, r.Clone())
	}
	return nil
}

func (m *memoryLogs) Shutdown(context.Context) error   { return nil }
func (m *memoryLogs) ForceFlush(context.Context) error { return nil }

// requests are the bytes that went to the provider.
type requests struct {
	mu sync.Mutex
	bytes.Buffer
}

func (r *requests) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.String()
}

// A listening connection keeps what is written.
type listening struct {
	net.Conn
	to *requests
}

func (c *listening) Write(p []byte) (int, error) {
	c.to.mu.Lock()
	c.to.Write(p)
	c.to.mu.Unlock()
	return c.Conn.Write(p)
}
