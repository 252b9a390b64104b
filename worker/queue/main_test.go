package queue_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats-server/v2/server/ats"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/queue"
)

// TestMain starts the server's one global ticker before any bubble: inside one
// it would hold the virtual clock.
func TestMain(m *testing.M) {
	ats.Register()
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

// A rig is a real JetStream server on disk and a connection to it.
type rig struct {
	t      *testing.T
	server *queue.Embedded
	queue  *queue.Queue
}

// inVirtualTime runs test in a bubble, on a server without streams.
func inVirtualTime(t *testing.T, test func(*testing.T, *rig)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) { onDisk(t, dir, test) })
}

// provisioned is inVirtualTime with the streams created.
func provisioned(t *testing.T, test func(*testing.T, *rig)) {
	t.Helper()
	inVirtualTime(t, func(t *testing.T, r *rig) {
		r.provision(r.queue)
		test(t, r)
	})
}

// onDisk runs test at the time of its caller. A test that updates a stream with
// messages in it must not run in virtual time: the server compares their age
// with the wall clock then, and finds them too old.
func onDisk(t *testing.T, dir string, test func(*testing.T, *rig)) {
	t.Helper()
	r := &rig{t: t, server: startEmbedded(t, dir)}
	r.queue = r.connect(nil)
	test(t, r)
	closeQueue(t, r.queue)
	r.server.Stop()
}

func startEmbedded(t *testing.T, dir string) *queue.Embedded {
	t.Helper()
	srv, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

// onServer runs test in a bubble with a server of its own options.
func onServer(t *testing.T, opts *server.Options, test func(*testing.T, nats.Option)) {
	t.Helper()
	opts.StoreDir, opts.JetStream, opts.DontListen, opts.NoSigs, opts.NoLog = t.TempDir(), true, true, true, true
	synctest.Test(t, func(t *testing.T) {
		srv, err := server.NewServer(opts)
		if err != nil {
			t.Fatal(err)
		}
		srv.Start()
		if !srv.ReadyForConnections(10 * time.Second) {
			t.Fatal("server not ready")
		}
		test(t, nats.InProcessServer(srv))
		srv.Shutdown()
		srv.WaitForShutdown()
	})
}

// connect makes a second connection; close it with closeQueue.
func (r *rig) connect(change func(*queue.Config)) *queue.Queue {
	r.t.Helper()
	cfg := queue.DefaultConfig()
	cfg.Options = []nats.Option{r.server.InProcess()}
	if change != nil {
		change(&cfg)
	}
	return connect(r.t, cfg)
}

func connect(t *testing.T, cfg queue.Config) *queue.Queue {
	t.Helper()
	q, err := queue.Connect(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func closeQueue(t *testing.T, q *queue.Queue) {
	t.Helper()
	if err := q.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func (r *rig) provision(q *queue.Queue) {
	r.t.Helper()
	if err := q.Provision(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) js() jetstream.JetStream { return r.queue.JetStream() }

// job makes a valid job.
func job(id string) schema.Job {
	return schema.Job{ID: id, AppID: "app1", Code: redact.NewCode("123456"), To: redact.NewPhone("8613800138000")}
}

func (r *rig) publish(lane schema.Lane, jobs ...schema.Job) {
	r.t.Helper()
	for _, j := range jobs {
		if err := r.queue.Publish(r.t.Context(), lane, j); err != nil {
			r.t.Fatal(err)
		}
	}
}

// stored returns a message of a stream by its sequence.
func (r *rig) stored(stream string, seq uint64) *jetstream.RawStreamMsg {
	r.t.Helper()
	s, err := r.js().Stream(r.t.Context(), stream)
	if err != nil {
		r.t.Fatal(err)
	}
	msg, err := s.GetMsg(r.t.Context(), seq)
	if err != nil {
		r.t.Fatal(err)
	}
	return msg
}

// holds fails the test unless a stream holds n messages.
func (r *rig) holds(stream string, n uint64) {
	r.t.Helper()
	s, err := r.js().Stream(r.t.Context(), stream)
	if err != nil {
		r.t.Fatal(err)
	}
	if got := s.CachedInfo().State.Msgs; got != n {
		r.t.Errorf("%s holds %d messages, want %d", stream, got, n)
	}
}

// took fails the test unless exactly d has passed since start.
func took(t *testing.T, start time.Time, d time.Duration) {
	t.Helper()
	if got := time.Since(start); got != d {
		t.Errorf("took %s, want %s", got, d)
	}
}
