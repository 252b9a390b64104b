package doctor_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"

	"github.com/nats-io/nats-server/v2/server/ats"
	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/doctor"
	"github.com/otpworker/otpworker/worker/queue"
)

// TestMain starts the server's one global ticker before any bubble: inside one
// it would hold the virtual clock.
func TestMain(m *testing.M) {
	ats.Register()
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

// patient is a worker's configuration with nothing behind it.
func patient() doctor.Patient {
	return doctor.Patient{Worker: worker.DefaultConfig(), Queue: queue.DefaultConfig()}
}

// withProvider runs test in a bubble with a sandbox and a client of it.
func withProvider(t *testing.T, cfg sandbox.Config, fault sandbox.Fault, secret string, test func(*testing.T, *client.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		box, pipe := sandbox.New(cfg), sandbox.Pipe()
		box.SetFault(fault)
		go func() { _ = box.Serve(pipe) }()
		synctest.Wait() // it listens
		c := newClient(t, secret, pipe.Dial)
		test(t, c)
		c.Close()
		if n := box.Stats().Calls; n != 0 {
			t.Errorf("%d sends", n)
		}
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
}

func newClient(t *testing.T, secret string, dial func(context.Context, string, string) (net.Conn, error)) *client.Client {
	t.Helper()
	cfg := client.DefaultConfig()
	cfg.BaseURL, cfg.Dial = "http://localhost/otp", dial
	cfg.APIKey, cfg.APISecret = redact.NewSecret(sandbox.DefaultKey), redact.NewSecret(secret)
	c, err := client.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// withServer runs test in a bubble with an embedded server; connect makes a
// connection that lasts as long.
func withServer(t *testing.T, test func(t *testing.T, connect func(queue.Config) *queue.Queue)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		srv, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Stop()
		var open []*queue.Queue
		defer func() {
			for _, q := range open {
				_ = q.Close()
			}
		}()
		test(t, func(cfg queue.Config) *queue.Queue {
			cfg.Options = []nats.Option{srv.InProcess()}
			q, err := queue.Connect(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, q)
			return q
		})
	})
}

// named returns the checks of a name in an area.
func named(r doctor.Report, area doctor.Area, name string) (checks doctor.Report) {
	for _, c := range r.Of(area) {
		if c.Name == name {
			checks = append(checks, c)
		}
	}
	return checks
}
