package pace_test

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/worker/pace"
)

// A fleet is workers that share a rate over a real server, in virtual time.
type fleet struct {
	t      *testing.T
	cfg    pace.Config
	server *server.Server
	// wrap changes a worker's bucket.
	wrap    func(worker int, kv jetstream.KeyValue) jetstream.KeyValue
	workers []*worker
	start   time.Time

	mu    sync.Mutex
	takes []take
}

// A take is what one call of Take got.
type take struct {
	at     time.Duration // since the start of the test
	n      int
	app    string
	first  bool
	worker int
	waited time.Duration
}

// A worker is a Pacer on a connection of its own.
type worker struct {
	*fleet
	id    int
	pacer *pace.Pacer
	nc    *nats.Conn
	line  *line
	ops   *ops

	ctx   context.Context
	die   context.CancelFunc
	tasks sync.WaitGroup
}

const bucketName = "otp_rate"

// inVirtualTime runs test in a bubble with an empty fleet.
func inVirtualTime(t *testing.T, cfg pace.Config, test func(*fleet)) {
	t.Helper()
	inBubble(t, cfg, nil, test)
}

// inBubble is inVirtualTime on a server with users: "worker" is what workers
// are.
func inBubble(t *testing.T, cfg pace.Config, users []*server.User, test func(*fleet)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{t: t, cfg: cfg}
		f.serve(dir, users)
		f.start = time.Now()
		test(f)
		f.stop()
		f.server.Shutdown()
		f.server.WaitForShutdown()
	})
}

func (f *fleet) serve(dir string, users []*server.User) {
	f.t.Helper()
	srv, err := server.NewServer(&server.Options{StoreDir: dir, JetStream: true, DontListen: true, NoSigs: true, NoLog: true, Users: users})
	if err != nil {
		f.t.Fatal(err)
	}
	srv.Start()
	if !srv.ReadyForConnections(10 * time.Second) {
		f.t.Fatal("server not ready")
	}
	f.server = srv
	f.manage(func(ctx context.Context, js jetstream.JetStream) error {
		_, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: bucketName, History: 1})
		return err
	})
}

// quiet drops what the client would print of missing rights.
var quiet = nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})

// manage does something as the operator.
func (f *fleet) manage(do func(context.Context, jetstream.JetStream) error) {
	f.t.Helper()
	nc, js := f.dial(nats.InProcessServer(f.server), nats.UserInfo("operator", "o"))
	defer nc.Close()
	if err := do(context.Background(), js); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fleet) dial(opts ...nats.Option) (*nats.Conn, jetstream.JetStream) {
	f.t.Helper()
	nc, err := nats.Connect("", opts...)
	if err != nil {
		f.t.Fatal(err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		f.t.Fatal(err)
	}
	return nc, js
}

// add starts n workers.
func (f *fleet) add(n int) []*worker {
	f.t.Helper()
	for range n {
		f.addWith(f.cfg)
	}
	return f.workers[len(f.workers)-n:]
}

func (f *fleet) addWith(cfg pace.Config) *worker {
	f.t.Helper()
	w := &worker{fleet: f, id: len(f.workers), line: &line{server: f.server}, ops: &ops{}}
	nc, js := f.dial(nats.InProcessServer(w.line), nats.UserInfo("worker", "w"), quiet)
	w.nc = nc
	kv, err := js.KeyValue(f.t.Context(), bucketName)
	if err != nil {
		f.t.Fatal(err)
	}
	if f.wrap != nil {
		kv = f.wrap(w.id, kv)
	}
	if cfg.Logger == nil && testing.Verbose() {
		cfg.Logger = slog.New(slog.NewTextHandler(f.t.Output(), nil))
	}
	w.ops.KeyValue = kv
	if w.pacer, err = pace.New(cfg, w.ops); err != nil {
		f.t.Fatal(err)
	}
	w.ctx, w.die = context.WithCancel(context.Background())
	w.tasks.Go(func() {
		w.pacer.Run(w.ctx)
	})
	f.workers = append(f.workers, w)
	return w
}

// stop ends the workers and waits for them.
func (f *fleet) stop() {
	for _, w := range f.workers {
		w.die()
	}
	for _, w := range f.workers {
		w.tasks.Wait()
		w.nc.Close()
	}
}

func (f *fleet) now() time.Duration { return time.Since(f.start) }

func (f *fleet) record(t take) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.takes = append(f.takes, t)
}

// taken are the takes until now.
func (f *fleet) taken() []take {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.takes)
}

// take takes once and notes it; it fails when ctx ends.
func (w *worker) take(ctx context.Context, app string, first bool, most int) bool {
	asked := w.now()
	got, err := w.pacer.Take(ctx, app, first, most)
	if err != nil {
		return false
	}
	if got.N < 1 || got.N > most {
		w.t.Errorf("took %d of 1 to %d", got.N, most)
	}
	now := w.now()
	w.record(take{at: now, n: got.N, app: app, first: first, worker: w.id, waited: now - asked})
	return true
}

// A load is calls of one kind.
type load struct {
	app   string
	first bool
	most  int
	// every is the pause between two calls; 0: as fast as there are tokens.
	every    time.Duration
	from, to time.Duration // of the test; to 0: until its end
}

// want makes calls until the load or the worker ends.
func (w *worker) want(l load) {
	w.tasks.Go(func() {
		ctx, cancel := w.ctx, context.CancelFunc(func() {})
		if l.to > 0 {
			ctx, cancel = context.WithTimeout(ctx, l.to-w.now())
		}
		defer cancel()
		pause(ctx, l.from-w.now())
		for ctx.Err() == nil {
			if !w.take(ctx, l.app, l.first, max(1, l.most)) {
				return
			}
			pause(ctx, l.every)
		}
	})
}

func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// A line is a connection that can be cut: what is written to it is lost then.
type line struct {
	server *server.Server
	mu     sync.Mutex
	isCut  bool
}

func (l *line) InProcessConn() (net.Conn, error) {
	conn, err := l.server.InProcessConn()
	return &lineConn{Conn: conn, line: l}, err
}

func (l *line) cut(isCut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isCut = isCut
}

type lineConn struct {
	net.Conn
	line *line
}

func (c *lineConn) Write(b []byte) (int, error) {
	c.line.mu.Lock()
	isCut := c.line.isCut
	c.line.mu.Unlock()
	if isCut {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

// ops counts what a worker asks of its bucket.
type ops struct {
	jetstream.KeyValue
	mu            sync.Mutex
	reads, writes int
	lost          int // compare-and-set that lost
}

func (o *ops) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	o.count(&o.reads)
	return o.KeyValue.Get(ctx, key)
}

func (o *ops) Put(ctx context.Context, key string, value []byte) (uint64, error) {
	o.count(&o.writes)
	return o.KeyValue.Put(ctx, key, value)
}

func (o *ops) Create(ctx context.Context, key string, value []byte, opts ...jetstream.KVCreateOpt) (uint64, error) {
	return o.written(o.KeyValue.Create(ctx, key, value, opts...))
}

func (o *ops) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	return o.written(o.KeyValue.Update(ctx, key, value, revision))
}

func (o *ops) written(revision uint64, err error) (uint64, error) {
	o.count(&o.writes)
	if err != nil {
		o.count(&o.lost)
	}
	return revision, err
}

func (o *ops) count(n *int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	*n++
}

func (o *ops) totals() (reads, writes, lost int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.reads, o.writes, o.lost
}
