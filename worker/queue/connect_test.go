package queue_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/otpworker/otpworker/worker/queue"
)

func TestConnectUnreachable(t *testing.T) {
	cfg := queue.DefaultConfig()
	cfg.URL = "nats://127.0.0.1:1"
	_, err := queue.Connect(t.Context(), cfg)
	if !errors.Is(err, queue.ErrUnreachable) {
		t.Errorf("got %v, want ErrUnreachable", err)
	}
}

// fakeDead is a server that nobody reaches.
type fakeDead struct{}

func (fakeDead) InProcessConn() (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.EHOSTUNREACH}
}

func TestConnectUnreachableAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := queue.DefaultConfig()
		cfg.Options = []nats.Option{nats.InProcessServer(fakeDead{})}
		start := time.Now()
		if _, err := queue.Connect(t.Context(), cfg); !errors.Is(err, queue.ErrUnreachable) || !errors.Is(err, syscall.EHOSTUNREACH) {
			t.Errorf("got %v, want ErrUnreachable and why", err)
		}
		took(t, start, 0)
	})
}

func TestConnectWaitsUntilTheContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var trouble []error
		cfg := queue.DefaultConfig()
		cfg.Options = []nats.Option{nats.InProcessServer(fakeDead{})}
		cfg.Wait, cfg.OnTrouble = true, func(err error) { trouble = append(trouble, err) }
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		_, err := queue.Connect(ctx, cfg)
		if !errors.Is(err, queue.ErrUnreachable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want ErrUnreachable and the context's end", err)
		}
		took(t, start, time.Hour)
		if len(trouble) != 1 || !errors.Is(trouble[0], syscall.EHOSTUNREACH) {
			t.Errorf("OnTrouble heard %v, want the reason once", trouble)
		}
	})
}

// guarded is a server with a socket that wants a password.
func guarded(t *testing.T) (url string) {
	t.Helper()
	srv, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, Username: "u", Password: "p", NoSigs: true, NoLog: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	if !srv.ReadyForConnections(limit) {
		t.Fatal("server not ready")
	}
	return srv.ClientURL()
}

// A server that refuses, and a file that cannot be read, are not "unreachable".
func TestConnectRefused(t *testing.T) {
	nobody := filepath.Join(t.TempDir(), "missing")
	url := guarded(t)
	for name, tc := range map[string]struct {
		change func(*queue.Config)
		want   error
		text   string
	}{
		"no password": {func(*queue.Config) {}, nats.ErrAuthorization, "connect to nats: "},
		"no nkey":     {func(c *queue.Config) { c.NKey = nobody }, os.ErrNotExist, "read NATS_NKEY"},
		"no creds":    {func(c *queue.Config) { c.Creds = nobody }, os.ErrNotExist, nobody},
		"no cert":     {func(c *queue.Config) { c.Cert, c.Key = nobody, nobody }, os.ErrNotExist, nobody},
		"no ca":       {func(c *queue.Config) { c.CA = nobody }, os.ErrNotExist, nobody},
	} {
		cfg := queue.DefaultConfig()
		cfg.URL = url
		tc.change(&cfg)
		_, err := queue.Connect(t.Context(), cfg)
		if !errors.Is(err, tc.want) || errors.Is(err, queue.ErrUnreachable) || !strings.Contains(err.Error(), tc.text) {
			t.Errorf("%s: got %v, want %v", name, err, tc.want)
		}
	}
	cfg := queue.DefaultConfig()
	cfg.URL, cfg.Options = url, []nats.Option{nats.UserInfo("u", "p")}
	closeQueue(t, connect(t, cfg))
}

// Waiting with wrong credentials must not be silent.
func TestConnectWaitTellsOfARefusal(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var trouble []error
	cfg := queue.DefaultConfig()
	cfg.URL, cfg.Wait = guarded(t), true
	cfg.OnTrouble = func(err error) {
		trouble = append(trouble, err)
		cancel()
	}
	if _, err := queue.Connect(ctx, cfg); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's end", err)
	}
	if len(trouble) == 0 || !errors.Is(trouble[0], nats.ErrAuthorization) {
		t.Errorf("OnTrouble heard %v", trouble)
	}
}

func TestConnectOptions(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		q := r.connect(func(c *queue.Config) { c.Name, c.InboxPrefix = "w1", "_INBOX_w1" })
		defer closeQueue(t, q)
		o := q.Conn().Opts
		for what, ok := range map[string]bool{
			"reconnects for ever":                o.AllowReconnect && o.MaxReconnect == -1,
			"goes on after refused credentials":  o.IgnoreAuthErrorAbort,
			"notices a dead server within 15 s":  o.PingInterval*time.Duration(o.MaxPingsOut+1) <= 15*time.Second && o.PingInterval > 0 && o.MaxPingsOut > 0,
			"keeps no stale ack":                 o.ReconnectBufSize == -1,
			"does not reconnect in step":         o.ReconnectJitter > 0 && o.ReconnectJitterTLS > 0 && o.ReconnectWait > 0,
			"hears of a refused subscription":    o.PermissionErrOnSubscribe,
			"hears of trouble":                   o.AsyncErrorCB != nil && o.DisconnectedErrCB != nil,
			"has a bounded dial":                 o.Timeout == 5*time.Second,
			"has its name":                       o.Name == "w1",
			"has its inbox prefix":               strings.HasPrefix(q.Conn().NewInbox(), "_INBOX_w1."),
			"has NATS's prefix if none is given": strings.HasPrefix(r.queue.Conn().NewInbox(), "_INBOX."),
		} {
			if !ok {
				t.Errorf("not so: %s", what)
			}
		}
	})
}

// An app's own handlers are called, and hold up nothing.
func TestConnectKeepsTheCallersHandlers(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		var called []string
		q := r.connect(func(c *queue.Config) {
			c.Options = append(c.Options,
				nats.ConnectHandler(func(*nats.Conn) { called = append(called, "connected") }),
				nats.ClosedHandler(func(*nats.Conn) { called = append(called, "closed") }))
		})
		closeQueue(t, q)
		if !slices.Equal(called, []string{"connected", "closed"}) {
			t.Errorf("called %v", called)
		}
	})
}

func TestConnectDomain(t *testing.T) {
	onServer(t, &server.Options{JetStreamDomain: "hub"}, func(t *testing.T, inProcess nats.Option) {
		for domain, want := range map[string]bool{"hub": true, "": true, "other": false} {
			q := connectTo(t, inProcess, func(c *queue.Config) { c.Domain = domain })
			if err := q.Provision(t.Context()); (err == nil) != want {
				t.Errorf("domain %q: %v", domain, err)
			}
			closeQueue(t, q)
		}
	})
}

// A saved context of the nats command line gives the address; our own options
// come on top.
func TestConnectWithSavedContext(t *testing.T) {
	srv, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Stop()
	cfg := queue.DefaultConfig()
	cfg.Context = filepath.Join(t.TempDir(), "prod.json")
	if err := os.WriteFile(cfg.Context, fmt.Appendf(nil, `{"url":%q,"inbox_prefix":"_INBOX_ctx"}`, srv.URL()), 0o600); err != nil {
		t.Fatal(err)
	}
	q := connect(t, cfg)
	defer closeQueue(t, q)
	if q.Conn().ConnectedUrl() != srv.URL() || q.Conn().Opts.MaxReconnect != -1 {
		t.Errorf("connected to %s, reconnects %d times", q.Conn().ConnectedUrl(), q.Conn().Opts.MaxReconnect)
	}
	if inbox := q.Conn().NewInbox(); !strings.HasPrefix(inbox, "_INBOX_ctx.") {
		t.Errorf("the context's inbox prefix is lost: %s", inbox)
	}
	cfg.Context += ".missing"
	if _, err := queue.Connect(t.Context(), cfg); err == nil || errors.Is(err, queue.ErrUnreachable) {
		t.Errorf("a context that is not there: %v", err)
	}
}

func TestCloseWithoutServer(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		trouble := make(chan error, 10)
		q := r.connect(func(c *queue.Config) { c.OnTrouble = func(err error) { trouble <- err } })
		if !q.Connected() {
			t.Error("not connected")
		}
		r.server.Stop()
		synctest.Wait()
		if q.Connected() {
			t.Error("still connected")
		}
		start := time.Now()
		for range 2 {
			closeQueue(t, q)
		}
		took(t, start, 0)
		close(trouble)
		if err := <-trouble; err == nil || !strings.HasPrefix(err.Error(), "disconnected: ") {
			t.Errorf("OnTrouble heard %v, want the lost server", err)
		}
	})
}

func TestAckWait(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		q := r.connect(func(c *queue.Config) { c.AckWait = 42 * time.Second })
		defer closeQueue(t, q)
		if q.AckWait() != 42*time.Second {
			t.Errorf("AckWait is %s", q.AckWait())
		}
	})
}
