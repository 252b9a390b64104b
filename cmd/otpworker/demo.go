package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/jobfile"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
	"github.com/otpworker/otpworker/worker/telemetry"
)

//go:embed demo/jobs.csv
var demoJobs []byte

const (
	demoApp = "demoapp1"
	// outageJobs are published while the provider is down, for outageTime.
	outageJobs = 20
	outageTime = 2500 * time.Millisecond
	// demoPatience is how long a phase may take before the demo has failed.
	demoPatience = 15 * time.Second
)

func demoCommand() *cobra.Command {
	var stay bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show the whole path in one process: queue, worker, provider, app",
		Long: `Run the real parts in one process: a JetStream server on disk, the provider's
sandbox over HTTP, a worker, and an app that publishes a file of jobs, one for
each answer the provider can give. Then the provider goes down and comes back.
Waiting times are shortened to fit into a few seconds. Nothing leaves this
machine and nothing is left on it.

The operator's page tells the story live, at the address in the first line. With
--stay the parts go on after it, until ctrl-c, and the page sends test jobs.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// A reader that goes away must not kill the process before it has
			// removed its folder.
			signal.Ignore(syscall.SIGPIPE)
			defer signal.Reset(syscall.SIGPIPE)
			return runDemo(cmd.Context(), cmd.OutOrStdout(), stay)
		},
	}
	cmd.Flags().BoolVar(&stay, "stay", false, "keep the parts running after the story, until ctrl-c")
	return cmd
}

// A demo is the parts of a run.
type demo struct {
	view    *demoView
	box     *sandbox.Sandbox
	address string
	app     *queue.Queue
	tel     *telemetry.Telemetry
	ops     *operator
	// stay keeps the parts running after the story; told says that it is over.
	stay   bool
	token  string
	told   atomic.Bool
	served chan error
	// stopWorker returns when the worker has ended; later calls do nothing.
	stopWorker func()
}

// runDemo ends the demo when a signal comes or its output cannot be written.
func runDemo(ctx context.Context, out io.Writer, stay bool) error {
	watched, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	view := newDemoView(out, cancel)
	err := stage(watched, view, stay)
	switch broken := view.broken(); {
	case broken != nil:
		return fail(exitFailed, broken)
	case err != nil && ctx.Err() != nil:
		return fail(exitInterrupted, errors.New("interrupted"))
	}
	return fail(exitFailed, err)
}

// stage sets the parts up, plays, and takes them down.
func stage(ctx context.Context, view *demoView, stay bool) error {
	dir, err := os.MkdirTemp("", "otpworker-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	server, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		return err
	}
	defer server.Stop()

	d := &demo{view: view, stay: stay, box: sandbox.New(sandbox.Config{}), address: "127.0.0.1:0"}
	if err := d.openProvider(ctx); err != nil {
		return err
	}
	defer d.closeProvider()
	if err := d.startTelemetry(ctx); err != nil {
		return err
	}
	defer d.stopTelemetry(ctx)
	if err := d.openPage(ctx); err != nil {
		return err
	}
	defer d.ops.close()
	if d.stopWorker, err = d.startWorker(ctx, server); err != nil {
		return err
	}
	defer d.stopWorker()
	cfg := queue.DefaultConfig()
	cfg.URL, cfg.Name = server.URL(), "demo app"
	if d.app, err = queue.Connect(ctx, cfg); err != nil {
		return err
	}
	defer func() { _ = d.app.Close() }()
	return d.play(ctx, server.URL())
}

// play is the story.
func (d *demo) play(ctx context.Context, url string) error {
	d.view.say("page http://%s/ · to act there give the token %s", d.ops.port.Addr(), d.token)
	d.view.say("queue %s on disk · provider http://%s/otp · one worker", url, d.address)
	jobs, err := readDemoJobs()
	if err != nil {
		return err
	}
	d.view.chapter("An app publishes %d jobs, one for each answer the provider can give", len(jobs))
	if err := d.publish(ctx, jobs); err != nil {
		return err
	}
	if err := d.view.await(ctx, len(jobs)); err != nil {
		return err
	}
	d.view.chapter("The provider goes down, and the app publishes %d more", outageJobs)
	d.closeProvider()
	more := manyJobs(outageJobs)
	if err := d.publish(ctx, more); err != nil {
		return err
	}
	if err := d.view.awaitOpen(ctx); err != nil {
		return err
	}
	if err := pause(ctx, outageTime); err != nil {
		return err
	}
	if err := d.queueLeft(ctx); err != nil {
		return err
	}
	if err := d.openProvider(ctx); err != nil {
		return err
	}
	d.view.say("the provider is back")
	if err := d.view.await(ctx, len(jobs)+len(more)); err != nil {
		return err
	}
	// A second result can only come before the worker has ended.
	if !d.stay {
		d.stopWorker()
	}
	results, err := countResults(ctx, d.app)
	if err != nil {
		return err
	}
	if err := d.view.summary(append(jobs, more...), results, d.box.Stats()); err != nil || !d.stay {
		return err
	}
	d.told.Store(true)
	d.view.chapter("The parts go on: the page is at http://%s/, ctrl-c ends them", d.ops.port.Addr())
	<-ctx.Done()
	return nil
}

// countResults reads the stream as any app does: what the worker says of itself
// proves nothing.
func countResults(ctx context.Context, app *queue.Queue) (map[string]int, error) {
	results := map[string]int{}
	for result, err := range app.Results(ctx, queue.Follow{Once: true}) {
		if err != nil {
			return nil, err
		}
		results[result.JobID]++
	}
	return results, ctx.Err()
}

func (d *demo) queueLeft(ctx context.Context) error {
	left, err := d.app.Waiting(ctx)
	if err == nil {
		d.view.say("%d jobs wait in the queue, the breaker is open, nothing is lost", left)
	}
	return err
}

func readDemoJobs() ([]schema.Job, error) {
	var jobs []schema.Job
	for row, err := range jobfile.Read(bytes.NewReader(demoJobs), schema.Job{AppID: demoApp}) {
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, row.Job)
	}
	return jobs, nil
}

func manyJobs(n int) []schema.Job {
	jobs := make([]schema.Job, n)
	for i := range jobs {
		jobs[i] = schema.Job{
			ID: fmt.Sprintf("outage-%02d", i+1), AppID: demoApp, Code: redact.NewCode(fmt.Sprint(100200 + i)),
			To: redact.NewPhone(fmt.Sprintf("86138001390%02d", i)),
		}
	}
	return jobs
}

func (d *demo) publish(ctx context.Context, jobs []schema.Job) error {
	for _, job := range jobs {
		if err := d.publishOne(ctx, d.app, job); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) publishOne(ctx context.Context, q *queue.Queue, job schema.Job) error {
	d.box.Expect(job.ProviderOrderID(), job.Expiry(time.Now()))
	d.view.submitted(job)
	publishing, ended := d.tel.Publishing(ctx, schema.LaneInteractive, job.ID)
	err := q.Publish(publishing, schema.LaneInteractive, job)
	ended(err)
	return err
}

// startWorker runs a worker with waiting times that fit a demo.
func (d *demo) startWorker(ctx context.Context, server *queue.Embedded) (stop func(), err error) {
	qc := queue.DefaultConfig()
	qc.Options = append(qc.Options, server.InProcess())
	q, err := queue.Connect(ctx, qc)
	if err != nil {
		return nil, err
	}
	pc := client.DefaultConfig()
	pc.BaseURL = "http://" + d.address + "/otp"
	pc.APIKey, pc.APISecret = redact.NewSecret(sandbox.DefaultKey), redact.NewSecret(sandbox.DefaultSecret)
	pc.Timeout, pc.Propagate = time.Second, d.tel.Propagate()
	provider, err := client.New(pc)
	if err != nil {
		return nil, errors.Join(err, q.Close())
	}
	cfg := worker.DefaultConfig()
	cfg.Name, cfg.Observe = "demo", d.observe
	cfg.CallTimeout, cfg.Grace = pc.Timeout, 500*time.Millisecond
	cfg.RetryInitial, cfg.RetryInPlace = 200*time.Millisecond, 500*time.Millisecond
	cfg.BreakerOpen, cfg.AccountOpen = time.Second, time.Second
	cfg.AppOpen, cfg.AppOpenMax = 200*time.Millisecond, time.Second
	cfg.DrainTimeout = 2 * time.Second
	if err := q.Provision(ctx); err != nil {
		return nil, errors.Join(err, q.Close())
	}
	w, err := worker.New(d.tel.Attach(cfg), q, provider)
	if err != nil {
		return nil, errors.Join(err, q.Close())
	}
	unwatch, err := d.tel.Watch(w, q, d.ops.collector.Oldest)
	if err != nil {
		return nil, errors.Join(err, q.Close())
	}
	hide := d.ops.watch(ctx, w, q, slog.New(slog.DiscardHandler))
	working, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error, 1)
	go func() { done <- w.Run(working) }()
	return sync.OnceFunc(func() {
		unwatch()
		cancel()
		if err := <-done; err != nil {
			d.view.say("worker: %v", err)
		}
		hide()
		provider.Close()
		_ = q.Close()
	}), nil
}

// observe is called by the worker. The view remembers each job, so it hears of
// the story's only.
func (d *demo) observe(e worker.Event) {
	d.ops.observe(e)
	if !d.told.Load() {
		d.view.observe(e)
	}
}

// openProvider listens on the same address each time.
func (d *demo) openProvider(ctx context.Context) error {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", d.address)
	if err != nil {
		return fmt.Errorf("start sandbox: %w", err)
	}
	d.address = listener.Addr().String()
	d.served = make(chan error, 1)
	go func() { d.served <- d.box.Serve(listener) }()
	return nil
}

func (d *demo) closeProvider() {
	if d.served == nil {
		return
	}
	if err := errors.Join(d.box.Close(), <-d.served); err != nil {
		d.view.say("sandbox: %v", err)
	}
	d.served = nil
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
