package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/worker/queue"
	"github.com/otpworker/otpworker/worker/telemetry"
)

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
