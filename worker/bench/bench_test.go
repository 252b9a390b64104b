package bench_test

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/bench"
	"github.com/otpworker/otpworker/worker/queue"
)

// small is a measurement of a fraction of a second.
func small(change func(*bench.Config)) bench.Config {
	c := bench.DefaultConfig()
	c.Jobs, c.Slots = 200, 16
	change(&c)
	return c
}

// TestDrain: each contender sends every job once, whatever the conditions.
func TestDrain(t *testing.T) {
	for name, cfg := range map[string]bench.Config{
		"worker":             small(func(*bench.Config) {}),
		"ledger off, logged": small(func(c *bench.Config) { c.Ledger, c.Log = worker.Off, -4 }),
		"bare, interactive":  small(func(c *bench.Config) { c.Contender, c.Lane, c.Apps = bench.Bare, schema.LaneInteractive, 3 }),
		"two workers, apps":  small(func(c *bench.Config) { c.Processes, c.Apps, c.Lane = 2, 3, schema.LaneInteractive }),
	} {
		t.Run(name, func(t *testing.T) {
			b := bench.Bench{Command: again}
			d, err := b.Drain(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Err(); err != nil || d.Results != cfg.Jobs {
				t.Errorf("%d results, %v", d.Results, err)
			}
			if d.JobsPerSecond <= 0 || d.Contender.CPU <= 0 || d.Contender.RSS <= 0 || d.NATS == nil || d.NATS.CPU <= 0 || d.Sandbox.CPU <= 0 {
				t.Errorf("not measured: %+v", d)
			}
		})
	}
}

func TestOpenLoop(t *testing.T) {
	cfg := small(func(c *bench.Config) {
		c.Latency, c.Rate, c.For = 20*time.Millisecond, 100, 2500*time.Millisecond
	})
	b := bench.Bench{Command: again}
	o, err := b.OpenLoop(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Err(); err != nil || o.Results != 250 {
		t.Errorf("%d results of 250, %v", o.Results, err)
	}
	// The first two seconds are left out; jobs go off late and not early.
	if o.Timed < 40 || o.Timed > 60 || o.P50 < 20 || o.P50 > o.P99 || o.P99 > o.P999 {
		t.Errorf("%d timed, p50 %.1f ms, p99 %.1f ms, p99.9 %.1f ms", o.Timed, o.P50, o.P99, o.P999)
	}
}

// startNATS is somebody's server.
func startNATS(t *testing.T) (queue.Config, jetstream.JetStream) {
	t.Helper()
	server, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	nc, err := nats.Connect(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan struct{})
	nc.SetClosedHandler(func(*nats.Conn) { close(closed) })
	t.Cleanup(func() {
		nc.Close()
		<-closed
	})
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	cfg := queue.DefaultConfig()
	cfg.URL = server.URL()
	return cfg, js
}

func streams(t *testing.T, js jetstream.JetStream) (names []string) {
	t.Helper()
	list := js.StreamNames(t.Context())
	for name := range list.Name() {
		names = append(names, name)
	}
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return names
}

// TestGivenNATS is left as it was found.
func TestGivenNATS(t *testing.T) {
	cfg, js := startNATS(t)
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "THEIRS", Subjects: []string{"theirs"}}); err != nil {
		t.Fatal(err)
	}
	b := bench.Bench{Command: again, Queue: cfg}
	rounds, err := b.Rounds(t.Context(), []bench.Entry{{Name: "w", Config: small(func(*bench.Config) {})}}, 2, func(bench.Round) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rounds {
		if r.Err() != nil || r.Drain.Results != 200 || r.Drain.NATS != nil {
			t.Errorf("round %d: %+v", r.Round, r.Drain)
		}
	}
	if left := streams(t, js); len(left) != 1 || left[0] != "THEIRS" {
		t.Errorf("left behind: %v", left)
	}
}

// TestGivenNATSInUse is refused, and stays as it was.
func TestGivenNATSInUse(t *testing.T) {
	for want, test := range map[string]struct {
		stream   string
		messages int
	}{
		"stream OTP_JOBS holds 1 jobs":        {schema.StreamJobs, 1},
		"stream OTP_JOBS is there already":    {schema.StreamJobs, 0},
		"stream OTP_RESULTS holds 2 messages": {schema.StreamResults, 2},
		"stream KV_otp_ledger":                {"KV_otp_ledger", 0},
	} {
		t.Run(want, func(t *testing.T) {
			cfg, js := startNATS(t)
			if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: test.stream, Subjects: []string{"held.>"}}); err != nil {
				t.Fatal(err)
			}
			for range test.messages {
				if _, err := js.Publish(t.Context(), "held.by.them", []byte("{}")); err != nil {
					t.Fatal(err)
				}
			}
			b := bench.Bench{Command: again, Queue: cfg}
			_, err := b.Drain(t.Context(), small(func(*bench.Config) {}))
			inUse, ok := errors.AsType[*bench.InUseError](err)
			if !ok || !strings.HasPrefix(err.Error(), want) || inUse.Stream != test.stream {
				t.Fatalf("not refused for it: %v", err)
			}
			found, err := js.Stream(t.Context(), test.stream)
			if err != nil || int(found.CachedInfo().State.Msgs) != test.messages || len(streams(t, js)) != 1 {
				t.Errorf("touched: %v, %v", streams(t, js), err)
			}
		})
	}
}

// TestProcessThatEnds is told of with its last words.
func TestProcessThatEnds(t *testing.T) {
	b := bench.Bench{Command: func(ctx context.Context) *exec.Cmd {
		return exec.CommandContext(ctx, "sh", "-c", "echo no room on this machine >&2; exit 3")
	}}
	_, err := b.Drain(t.Context(), small(func(*bench.Config) {}))
	if err == nil || !strings.Contains(err.Error(), "start nats") || !strings.Contains(err.Error(), "no room on this machine") {
		t.Errorf("unclear: %v", err)
	}
}

// TestInterrupt takes everything down.
func TestInterrupt(t *testing.T) {
	cfg, js := startNATS(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	b := bench.Bench{Command: again, Queue: cfg}
	begun := false
	b.Command = func(ctx context.Context) *exec.Cmd {
		if begun { // the second process: there are streams by now
			cancel(errors.New("interrupted"))
		}
		begun = true
		return again(ctx)
	}
	if _, err := b.Drain(ctx, small(func(*bench.Config) {})); !errors.Is(err, context.Canceled) {
		t.Errorf("not interrupted: %v", err)
	}
	if left := streams(t, js); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
