package queue_test

import (
	"bytes"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

func TestEmbeddedKeepsItsJobs(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		onDisk(t, dir, func(_ *testing.T, r *rig) {
			r.provision(r.queue)
			r.publish(schema.LaneBatch, job("j1"), job("j2"))
			r.publishResults("j0")
		})
		onDisk(t, dir, func(t *testing.T, r *rig) {
			for i, id := range []string{"j1", "j2"} {
				if msg := r.stored(schema.StreamJobs, uint64(i+1)); msg.Header.Get(nats.MsgIdHdr) != id {
					t.Errorf("%d is %s, want %s", i+1, msg.Header.Get(nats.MsgIdHdr), id)
				}
			}
			if n := len(fetch(t, r.consumer(schema.LaneBatch), 2)); n != 2 {
				t.Errorf("%d jobs handed out, want 2", n)
			}
			if got := r.once(queue.Follow{}); len(got) != 1 || got[0] != "j0" {
				t.Errorf("results %v, want j0", got)
			}
			if err := r.queue.Publish(t.Context(), schema.LaneBatch, job("j1")); err == nil {
				t.Error("the queue has forgotten the id of a job that waits")
			}
		})
	})
}

func TestEmbeddedListens(t *testing.T) {
	srv, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Stop()
	if !strings.HasPrefix(srv.URL(), "nats://127.0.0.1:") {
		t.Fatalf("URL is %s", srv.URL())
	}
	cfg := queue.DefaultConfig()
	cfg.URL = srv.URL()
	q := connect(t, cfg)
	defer closeQueue(t, q)
	if err := q.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := q.Publish(t.Context(), schema.LaneBatch, job("j1")); err != nil {
		t.Error(err)
	}
}

// Without a listener there is no address, and the connection in process works.
func TestEmbeddedDoesNotListen(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		if r.server.URL() != "" {
			t.Errorf("listens on %s", r.server.URL())
		}
		r.publish(schema.LaneBatch, job("j1"))
		conn, err := r.server.InProcessConn()
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestEmbeddedListenAddressTaken(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := queue.EmbeddedConfig{Dir: t.TempDir(), Listen: taken.Addr().String()}
	if _, err := queue.StartEmbedded(cfg); err == nil || !strings.Contains(err.Error(), cfg.Listen) {
		t.Errorf("got %v, want an error that names %s", err, cfg.Listen)
	}
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	srv, err := queue.StartEmbedded(cfg)
	if err != nil {
		t.Fatalf("the address is free again: %v", err)
	}
	srv.Stop()
}

func TestEmbeddedBadConfig(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	spoilt := spoiltDir(t)
	for name, tc := range map[string]struct {
		cfg  queue.EmbeddedConfig
		want string
	}{
		"no folder":       {queue.EmbeddedConfig{}, "start embedded server: no data folder given"},
		"folder a file":   {queue.EmbeddedConfig{Dir: file}, "start embedded server: make data folder: "},
		"streams a file":  {queue.EmbeddedConfig{Dir: spoilt}, "start embedded server in " + spoilt + ": Can't start JetStream: "},
		"no port":         {queue.EmbeddedConfig{Dir: "d", Listen: "127.0.0.1"}, "parse listen address: address 127.0.0.1: missing port in address"},
		"port a word":     {queue.EmbeddedConfig{Dir: "d", Listen: "127.0.0.1:nats"}, `parse listen port: strconv.Atoi: parsing "nats": invalid syntax`},
		"port too large":  {queue.EmbeddedConfig{Dir: "d", Listen: "127.0.0.1:65536"}, "listen for apps: listen tcp: address 65536: invalid port"},
		"port negative":   {queue.EmbeddedConfig{Dir: "d", Listen: "127.0.0.1:-1"}, "listen for apps: listen tcp: address -1: invalid port"},
		"foreign address": {queue.EmbeddedConfig{Dir: "d", Listen: "192.0.2.1:4222"}, "listen for apps: listen tcp 192.0.2.1:4222: "},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				_, err := queue.StartEmbedded(tc.cfg)
				if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
					t.Errorf("got %v, want %s", err, tc.want)
				}
				if d := time.Since(start); d > time.Second {
					t.Errorf("said so after %s", d)
				}
			})
		})
	}
	if _, err := os.Stat("d"); err == nil {
		t.Error("a refused server made its folder")
	}
}

// spoiltDir is a folder in which JetStream cannot start.
func spoiltDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "jetstream"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestEmbeddedLogs(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	srv, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: t.TempDir(), Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	srv.Stop()
	if got := log.String(); !strings.Contains(got, `level=DEBUG msg="nats server" message="Starting JetStream"`) {
		t.Errorf("logged %s", got)
	}
	log.Reset()
	if _, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: spoiltDir(t), Logger: logger}); err == nil {
		t.Fatal("started in a file")
	}
	if got := log.String(); !strings.Contains(got, `level=ERROR msg="nats server" message="Can't start JetStream: `) {
		t.Errorf("logged %s", got)
	}
}

func TestOneServerPerFolder(t *testing.T) {
	dir := t.TempDir()
	first, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if second, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: dir}); err == nil {
		second.Stop()
		t.Error("two servers on one folder")
	} else if !strings.Contains(err.Error(), "in use by another process") {
		t.Error(err)
	}
	first.Stop()
	again, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: dir})
	if err != nil {
		t.Fatalf("the lock outlived its server: %v", err)
	}
	again.Stop()
}
