package console_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/console"
	"github.com/otpworker/otpworker/worker/ops"
	"github.com/otpworker/otpworker/worker/queue"
	"github.com/otpworker/otpworker/worker/stats"
)

const testApp = "testapp1"

// A rig is all the real parts in one process: a queue on disk, the sandbox, a
// worker, and its page on a port.
type rig struct {
	t     *testing.T
	queue *queue.Queue
	box   *sandbox.Sandbox
	page  *console.Page
	url   string // of the page, without a slash at its end
}

// startRig runs a rig until the test ends, in real time.
func startRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, box: sandbox.New(sandbox.Config{})}
	server, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: t.TempDir()})
	r.must(err)
	t.Cleanup(server.Stop)
	cfg := queue.DefaultConfig()
	cfg.Options = append(cfg.Options, server.InProcess())
	r.queue, err = queue.Connect(t.Context(), cfg)
	r.must(err)
	t.Cleanup(func() { r.check(r.queue.Close()) })
	r.must(r.queue.Provision(t.Context()))
	r.startPage(r.startProvider())
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) check(err error) {
	if err != nil {
		r.t.Error(err)
	}
}

// startProvider returns the address of the sandbox.
func (r *rig) startProvider() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	r.must(err)
	served := make(chan error, 1)
	go func() { served <- r.box.Serve(listener) }()
	r.t.Cleanup(func() {
		r.check(r.box.Close())
		r.check(<-served)
	})
	return listener.Addr().String()
}

// startPage runs a worker and the page of it.
func (r *rig) startPage(provider string) {
	collector, overviews := stats.NewCollector("v1.2.3"), stats.NewShared()
	page, err := console.New(console.Config{
		Brief:    collector.Brief,
		Overview: func(ctx context.Context) (stats.Overview, error) { return overviews.Look(ctx, r.queue) },
		Queue:    func() *queue.Queue { return r.queue },
		Token:    redact.NewSecret(token),
		Sandbox: &console.Sandbox{AppID: testApp, Inbox: r.box.Inbox, Send: func(ctx context.Context, job schema.Job) error {
			return r.queue.Publish(ctx, schema.LaneInteractive, job)
		}},
	})
	r.must(err)
	r.page = page
	r.t.Cleanup(page.Close)
	collector.Watch(r.startWorker(provider, func(e worker.Event) {
		collector.Observe(e)
		page.Observe(e)
	}))
	leave, err := r.queue.Announce(r.t.Context(), queue.Presence{
		Version: "v1.2.3", Brief: func() any { return collector.Brief() }, Whole: func() any { return collector.Snapshot() },
	})
	r.must(err)
	r.t.Cleanup(leave)
	port, err := ops.Listen(r.t.Context(), ops.Config{Addr: "127.0.0.1:0", Snapshot: collector.Snapshot, Page: page})
	r.must(err)
	r.t.Cleanup(func() { r.check(port.Close()) })
	r.url = "http://" + port.Addr()
}

// startWorker has waiting times that fit a test.
func (r *rig) startWorker(provider string, observe func(worker.Event)) *worker.Worker {
	pc := client.DefaultConfig()
	pc.BaseURL, pc.Timeout = "http://"+provider+"/otp", time.Second
	pc.APIKey, pc.APISecret = redact.NewSecret(sandbox.DefaultKey), redact.NewSecret(sandbox.DefaultSecret)
	c, err := client.New(pc)
	r.must(err)
	cfg := worker.DefaultConfig()
	cfg.Name, cfg.Observe, cfg.CallTimeout, cfg.Grace = "w1", observe, pc.Timeout, 100*time.Millisecond
	cfg.RetryInitial, cfg.DrainTimeout = 100*time.Millisecond, time.Second
	w, err := worker.New(cfg, r.queue, c)
	r.must(err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	r.t.Cleanup(func() {
		stop()
		r.check(<-done)
		c.Close()
	})
	return w
}

// publish queues a job of the interactive lane.
func (r *rig) publish(id, to, code string) {
	r.t.Helper()
	r.must(r.queue.Publish(r.t.Context(), schema.LaneInteractive, schema.Job{
		ID: id, AppID: testApp, To: redact.NewPhone(to), Code: redact.NewCode(code), TTLSeconds: 60,
	}))
}
