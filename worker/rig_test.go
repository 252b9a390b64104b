package worker_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server/ats"
	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
	"github.com/otpworker/otpworker/worker/stats"
)

// TestMain starts the server's one global ticker before any bubble: inside one
// it would hold the virtual clock.
func TestMain(m *testing.M) {
	ats.Register()
	// Virtual hours are full of looks, which take real time.
	worker.LookEach(400 * time.Millisecond)
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

// A setup is what a test changes about a rig.
type setup struct {
	worker  worker.Config
	sandbox sandbox.Config
	queue   queue.Config
	// broker starts another server than the embedded one.
	broker func(dir string) (broker, error)
}

// A broker is a JetStream server in this process.
type broker interface {
	InProcess() nats.Option
	InProcessConn() (net.Conn, error)
	Stop()
}

// A rig is the whole path in one process and in virtual time: a real JetStream
// server on disk, the sandbox behind real HTTP over a pipe, and a worker.
type rig struct {
	t      *testing.T
	setup  setup
	server broker
	queue  *queue.Queue
	box    *sandbox.Sandbox
	dial   *dialer
	stop   func()
	dir    string
	// worker is the one that was started last, stats what counts its events.
	worker *worker.Worker
	stats  *stats.Collector

	mu     sync.Mutex
	events []worker.Event
	byKind map[worker.Kind][]worker.Event
}

// inVirtualTime runs test in a bubble with a rig around it.
func inVirtualTime(t *testing.T, change func(*setup), test func(*testing.T, *rig)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := setup{worker: worker.DefaultConfig(), queue: queue.DefaultConfig()}
		s.worker.Name = "w1"
		s.worker.RetryJitter = 0
		if change != nil {
			change(&s)
		}
		r := &rig{t: t, setup: s, dial: &dialer{}, dir: dir, byKind: map[worker.Kind][]worker.Event{}}
		r.startServer()
		r.box = sandbox.New(s.sandbox)
		r.openProvider()
		defer r.close()
		test(t, r)
	})
}

// close leaves nothing running: a bubble must not end otherwise.
func (r *rig) close() {
	r.stopWorker()
	r.closeProvider()
	if err := r.queue.Close(); err != nil {
		r.t.Errorf("close queue: %v", err)
	}
	r.server.Stop()
}

func (r *rig) startServer() {
	var err error
	if start := r.setup.broker; start != nil {
		r.server, err = start(r.dir)
	} else {
		r.server, err = queue.StartEmbedded(queue.EmbeddedConfig{Dir: r.dir})
	}
	if err != nil {
		r.t.Fatal(err)
	}
	r.queue = r.connect()
	if err := r.queue.Provision(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) connect(opts ...nats.Option) *queue.Queue {
	cfg := r.setup.queue
	cfg.Options = append([]nats.Option{r.server.InProcess()}, opts...)
	q, err := queue.Connect(r.t.Context(), cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	return q
}

// A dialer reaches the sandbox while it listens and fails to dial otherwise.
type dialer struct {
	mu   sync.Mutex
	pipe *sandbox.PipeListener
}

func (r *rig) openProvider() {
	pipe := sandbox.Pipe()
	r.dial.mu.Lock()
	r.dial.pipe = pipe
	r.dial.mu.Unlock()
	go func() { _ = r.box.Serve(pipe) }()
	synctest.Wait() // it listens
}

func (r *rig) closeProvider() {
	if err := r.box.Close(); err != nil {
		r.t.Errorf("close sandbox: %v", err)
	}
}

// startWorker runs a worker until stopWorker or the end of the test.
func (r *rig) startWorker() {
	r.t.Helper()
	r.stopWorker()
	cc := client.DefaultConfig()
	cc.BaseURL, cc.Dial = "http://localhost/otp", r.dial.dial
	cc.APIKey, cc.APISecret = redact.NewSecret(sandbox.DefaultKey), redact.NewSecret(sandbox.DefaultSecret)
	cc.Timeout = r.setup.worker.CallTimeout
	provider, err := client.New(cc)
	if err != nil {
		r.t.Fatal(err)
	}
	r.startWorkerWith(provider)
	stop := r.stop
	r.stop = func() {
		stop()
		provider.Close()
	}
}

// startWorkerWith is startWorker with another provider.
func (r *rig) startWorkerWith(provider worker.Provider) {
	r.t.Helper()
	cfg := r.setup.worker
	r.stats = stats.NewCollector("v1.2.3")
	cfg.Observe = func(e worker.Event) {
		r.observe(e)
		r.stats.Observe(e)
	}
	if testing.Verbose() {
		cfg.Logger = slog.New(slog.NewTextHandler(r.t.Output(), nil))
	}
	w, err := worker.New(cfg, r.queue, provider)
	if err != nil {
		r.t.Fatal(err)
	}
	r.worker = w
	r.stats.Watch(w)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("run worker: %v", err)
		}
	}
}

func (r *rig) stopWorker() {
	if r.stop != nil {
		r.stop()
		r.stop = nil
	}
}

func (d *dialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d.mu.Lock()
	pipe := d.pipe
	d.mu.Unlock()
	return pipe.Dial(ctx, network, addr)
}

func (r *rig) observe(e worker.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
	r.byKind[e.Kind] = append(r.byKind[e.Kind], e)
}

// told returns all events so far.
func (r *rig) told() []worker.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clip(r.events)
}

// seen returns the events of a kind so far, of one job or of all (""). It is asked
// again and again: what is there already is not copied.
func (r *rig) seen(kind worker.Kind, jobID string) (seen []worker.Event) {
	r.mu.Lock()
	all := slices.Clip(r.byKind[kind])
	r.mu.Unlock()
	if jobID == "" {
		return all
	}
	for i := range all {
		if all[i].JobID == jobID {
			seen = append(seen, all[i])
		}
	}
	return seen
}

// job makes a valid job for a number.
func job(id, to string) schema.Job {
	return schema.Job{ID: id, AppID: "app1", Code: redact.NewCode("123456"), To: redact.NewPhone(to)}
}

const goodNumber = "8613800138000"

// publish queues jobs on the interactive lane.
func (r *rig) publish(jobs ...schema.Job) {
	r.t.Helper()
	for _, j := range jobs {
		r.box.Expect(j.ProviderOrderID(), j.Expiry(time.Now()))
		if err := r.queue.Publish(r.t.Context(), schema.LaneInteractive, j); err != nil {
			r.t.Fatal(err)
		}
	}
}

// results returns what the result stream holds now, by job id. A second result
// of a job fails the test.
func (r *rig) results() map[string]schema.Result {
	r.t.Helper()
	all := map[string]schema.Result{}
	for result, err := range r.queue.Results(r.t.Context(), queue.Follow{Once: true}) {
		if err != nil {
			r.t.Fatal(err)
		}
		if _, twice := all[result.JobID]; twice {
			r.t.Errorf("job %s has two results", result.JobID)
		}
		all[result.JobID] = result
	}
	return all
}

// await lets virtual time pass until n jobs have their result.
func (r *rig) await(n int, limit time.Duration) map[string]schema.Result {
	r.t.Helper()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if len(r.seen(worker.KindResult, "")) >= n {
			break
		}
	}
	synctest.Wait()
	results := r.results()
	if len(results) < n {
		r.t.Fatalf("%d of %d results after %s", len(results), n, limit)
	}
	return results
}

// drained fails the test unless every job has left the queue.
func (r *rig) drained() {
	r.t.Helper()
	synctest.Wait()
	if left := r.jobsLeft(); left != 0 {
		r.t.Errorf("%d jobs left in the queue", left)
	}
}

func (r *rig) jobsLeft() uint64 {
	r.t.Helper()
	n, err := r.queue.Waiting(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

// onceEach fails the test unless no order id was sent twice and none late.
func (r *rig) onceEach() {
	r.t.Helper()
	if s := r.box.Stats(); s.Repeats != 0 || s.Late != 0 {
		r.t.Errorf("%d sends twice, %d too late", s.Repeats, s.Late)
	}
}

func want(t *testing.T, r schema.Result, outcome schema.Outcome, reason string, attempts int) {
	t.Helper()
	got := fmt.Sprintf("%s %s attempts=%d", r.Outcome, r.Reason, r.Attempts)
	if wanted := fmt.Sprintf("%s %s attempts=%d", outcome, reason, attempts); got != wanted {
		t.Errorf("job %s: %s, want %s", r.JobID, got, wanted)
	}
}
