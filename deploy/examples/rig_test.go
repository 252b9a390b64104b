package examples_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// programs holds what the tests build.
var programs string

func TestMain(m *testing.M) {
	var err error
	if programs, err = os.MkdirTemp("", "examples"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent(), goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(programs)
		os.Exit(code)
	}))
}

// A rig is what a user of the examples has started: a queue on disk that listens
// on a port, and, after work, a worker and the provider's sandbox.
type rig struct {
	t     *testing.T
	dir   string // the queue's files
	url   string
	queue *queue.Queue
	box   *sandbox.Sandbox
	// jobs hears every message that is published as a job.
	jobs *nats.Subscription
}

// start runs it until the end of the test.
func start(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), box: sandbox.New(sandbox.Config{})}
	server, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: r.dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	r.url = server.URL()
	cfg := queue.DefaultConfig()
	cfg.URL = r.url
	if r.queue, err = queue.Connect(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.queue.Close() })
	if err := r.queue.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.listen()
	return r
}

func (r *rig) listen() {
	r.t.Helper()
	nc, err := nats.Connect(r.url)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(nc.Close)
	if r.jobs, err = nc.SubscribeSync(schema.JobSubjects); err != nil {
		r.t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		r.t.Fatal(err)
	}
}

// work starts a worker and the sandbox behind it.
func (r *rig) work(change func(*worker.Config)) {
	r.t.Helper()
	pipe := sandbox.Pipe()
	served := make(chan error, 1)
	go func() { served <- r.box.Serve(pipe) }()
	cc := client.DefaultConfig()
	cc.BaseURL, cc.Dial = "http://localhost/otp", pipe.Dial
	cc.APIKey, cc.APISecret = redact.NewSecret(sandbox.DefaultKey), redact.NewSecret(sandbox.DefaultSecret)
	provider, err := client.New(cc)
	if err != nil {
		r.t.Fatal(err)
	}
	wc := worker.DefaultConfig()
	change(&wc)
	w, err := worker.New(wc, r.queue, provider)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	r.t.Cleanup(func() {
		cancel()
		err := <-done
		provider.Close()
		if err := errors.Join(err, r.box.Close(), <-served); err != nil {
			r.t.Error(err)
		}
	})
}

// A run is what became of a command.
type run struct {
	code           int
	stdout, stderr string
}

// command runs one, for at most a minute, with this queue's URL and a trace.
func command(t *testing.T, url string, line []string, args ...string) run {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, line[0], append(line[1:], args...)...)
	cmd.Env = append(cmd.Environ(), "NATS_URL="+url, "TRACEPARENT="+trace)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	// A script has to end what it started.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() < 0) {
		t.Fatalf("%s: %v\n%s", cmd, err, &stderr)
	}
	return run{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
