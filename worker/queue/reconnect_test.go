package queue_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// limit ends a test that would hang.
const limit = 30 * time.Second

// listening is a server with a socket that can be stopped and started again on
// the same folder and the same port.
type listening struct {
	t   *testing.T
	cfg queue.EmbeddedConfig
	srv *queue.Embedded
}

func listen(t *testing.T) *listening {
	l := &listening{t: t, cfg: queue.EmbeddedConfig{Dir: t.TempDir(), Listen: "127.0.0.1:0"}}
	l.start()
	l.cfg.Listen = strings.TrimPrefix(l.srv.URL(), "nats://")
	t.Cleanup(func() { l.srv.Stop() })
	return l
}

func (l *listening) start() {
	l.t.Helper()
	srv, err := queue.StartEmbedded(l.cfg)
	if err != nil {
		l.t.Fatal(err)
	}
	l.srv = srv
}

func within[T any](t *testing.T, what string, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(limit):
		t.Fatalf("no %s within %s", what, limit)
	}
	return v
}

func TestConnectWaitsForAServer(t *testing.T) {
	t.Parallel()
	l := listen(t)
	l.srv.Stop()
	trouble := make(chan error, 100)
	cfg := queue.DefaultConfig()
	cfg.URL, cfg.Wait, cfg.OnTrouble = "nats://"+l.cfg.Listen, true, func(err error) { trouble <- err }
	connected := make(chan *queue.Queue, 1)
	go func() {
		q, err := queue.Connect(t.Context(), cfg)
		if err != nil {
			t.Error(err)
		}
		connected <- q
	}()
	if err := within(t, "trouble", trouble); !errors.Is(err, queue.ErrUnreachable) {
		t.Errorf("OnTrouble heard %v", err)
	}
	if len(connected) != 0 {
		t.Error("connected to nobody")
	}
	l.start()
	q := within(t, "connection", connected)
	if q == nil || !q.Connected() {
		t.Fatal("not connected")
	}
	closeQueue(t, q)
}

// After a restart of the server, twice: a job is published and taken, and a
// reader of results goes on where it was.
func TestReconnect(t *testing.T) {
	t.Parallel()
	l := listen(t)
	trouble, back := make(chan error, 100), make(chan bool, 10)
	cfg := queue.DefaultConfig()
	cfg.URL, cfg.OnTrouble = l.srv.URL(), func(err error) { trouble <- err }
	cfg.Options = []nats.Option{nats.ReconnectHandler(func(*nats.Conn) { back <- true })}
	r := &rig{t: t, queue: connect(t, cfg)}
	defer closeQueue(t, r.queue)
	r.provision(r.queue)
	lane := r.consumer(schema.LaneBatch)
	results, stop := r.follow()
	defer stop()
	r.publishResults("before")
	if got := within(t, "result", results); got != "before" {
		t.Errorf("result of %s, want before", got)
	}
	for _, id := range []string{"j1", "j2"} {
		l.srv.Stop()
		if err := within(t, "trouble", trouble); !strings.HasPrefix(err.Error(), "disconnected: ") {
			t.Errorf("OnTrouble heard %v", err)
		}
		if err := r.queue.Publish(t.Context(), schema.LaneBatch, job(id)); !errors.Is(err, queue.ErrUnreachable) {
			t.Errorf("without a server: got %v, want ErrUnreachable", err)
		}
		l.start()
		within(t, "reconnect", back)
		r.publish(schema.LaneBatch, job(id))
		if msgs := fetch(t, lane, 1); len(msgs) != 1 || msgs[0].Headers().Get(nats.MsgIdHdr) != id {
			t.Errorf("%d jobs taken, want %s", len(msgs), id)
		}
		r.publishResults(id)
		if got := within(t, "result", results); got != id {
			t.Errorf("result of %s, want %s", got, id)
		}
	}
}
