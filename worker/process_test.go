package worker_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// A world is a rig whose workers are processes of their own, and whose
// provider misbehaves by chance.
type world struct {
	*rig
	provider *fakeGateway
	// gates, if set, changes the gate of each process to come.
	gates func(*gate)
	// calls, if set, stands between a worker to come and its client.
	calls func(*process, worker.Provider) worker.Provider
	// nc and js are the producer's connection, without our checks in front.
	nc *nats.Conn
	js jetstream.JetStream

	mu        sync.Mutex
	processes []*process
	accounts  map[string]account
}

// inWorld runs test in a bubble. Nothing runs in it but broker and provider.
func inWorld(t *testing.T, change func(*setup), test func(*testing.T, *world)) {
	t.Helper()
	setUp := func(s *setup) {
		s.broker = startUnsynced
		if change != nil {
			change(s)
		}
	}
	inVirtualTime(t, setUp, func(t *testing.T, r *rig) {
		w := &world{rig: r, provider: startGateway(r.box), nc: r.raw(), accounts: map[string]account{}}
		defer w.close()
		var err error
		if w.js, err = jetstream.New(w.nc); err != nil {
			t.Fatal(err)
		}
		test(t, w)
	})
}

// unsynced is a server that leaves it to the system when to write to the disk:
// nothing in a bubble outlives it, and the model waits for the disk otherwise.
type unsynced struct{ *server.Server }

func startUnsynced(dir string) (broker, error) {
	s, err := server.NewServer(&server.Options{StoreDir: dir, JetStream: true, DontListen: true, NoSigs: true, NoLog: true})
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		return nil, errors.New("server not ready")
	}
	return unsynced{s}, nil
}

func (u unsynced) InProcess() nats.Option { return nats.InProcessServer(u.Server) }

func (u unsynced) Stop() {
	u.Shutdown()
	u.WaitForShutdown()
}

// close ends what still runs, as a power cut does.
func (w *world) close() {
	for _, p := range w.all() {
		p.kill()
		<-p.done
	}
	w.provider.close()
	w.nc.Close()
}

func (w *world) all() []*process {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]*process(nil), w.processes...)
}

// A process is one worker with connections of its own.
type process struct {
	name   string
	gate   *gate
	queue  *queue.Queue
	client *client.Client
	cancel context.CancelFunc
	// done is closed when nothing of it is left.
	done chan struct{}
}

// start starts a process, in any goroutine of the bubble.
func (w *world) start(name string) *process {
	p := &process{name: name, gate: newGate(), done: make(chan struct{})}
	if w.gates != nil {
		w.gates(p.gate)
	}
	p.connect(w)
	cfg := w.setup.worker
	cfg.Name = name
	cfg.Observe = func(e worker.Event) {
		if p.gate.alive() { // what the dead think does not count
			w.observe(e)
		}
	}
	if testing.Verbose() && cfg.Logger == nil {
		cfg.Logger = slog.New(slog.NewTextHandler(w.t.Output(), nil)).With("process", name)
	}
	var provider worker.Provider = p.client
	if w.calls != nil {
		provider = w.calls(p, provider)
	}
	run, err := worker.New(cfg, p.queue, provider)
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	go p.run(ctx, w, run)
	w.mu.Lock()
	w.processes = append(w.processes, p)
	w.mu.Unlock()
	return p
}

func (p *process) connect(w *world) {
	cfg := w.setup.queue
	cfg.Name = p.name
	cfg.Options = []nats.Option{
		nats.InProcessServer(throughGate{w.server, p.gate}),
		// Whoever is cut off is dead here: a reconnect would leave timers of
		// this bubble to the next.
		nats.NoReconnect(),
		// A frozen process does not miss its own pings.
		nats.PingInterval(time.Hour), nats.FlusherTimeout(0),
	}
	var err error
	if p.queue, err = queue.Connect(w.t.Context(), cfg); err != nil {
		panic(err)
	}
	cc := client.DefaultConfig()
	cc.BaseURL, cc.Timeout = "http://localhost/otp", w.setup.worker.CallTimeout
	cc.APIKey, cc.APISecret = redact.NewSecret(sandbox.DefaultKey), redact.NewSecret(sandbox.DefaultSecret)
	if !w.setup.sandbox.APISecret.IsZero() {
		cc.APIKey, cc.APISecret = w.setup.sandbox.APIKey, w.setup.sandbox.APISecret
	}
	cc.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if err := p.gate.await(); err != nil {
			return nil, err
		}
		conn, err := w.provider.pipe.Dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return p.gate.join(conn, true, parseHTTP)
	}
	if p.client, err = client.New(cc); err != nil {
		panic(err)
	}
}

func (p *process) run(ctx context.Context, w *world, run *worker.Worker) {
	defer close(p.done)
	if err := run.Run(ctx); err != nil && ctx.Err() == nil {
		w.t.Errorf("run %s: %v", p.name, err)
	}
	p.client.Close()
	if err := p.queue.Close(); err != nil && p.gate.alive() && !errors.Is(err, nats.ErrConnectionClosed) {
		w.t.Errorf("close queue of %s: %v", p.name, err)
	}
}

// kill is kill -9. What is left of the process ends by itself: see done.
func (p *process) kill() {
	p.gate.die()
	p.cancel()
}

// freeze is SIGSTOP, and SIGCONT after d.
func (p *process) freeze(d time.Duration) {
	p.gate.setFrozen(true)
	time.AfterFunc(d, func() { p.gate.setFrozen(false) })
}

// stop is SIGTERM; it returns when the process is gone.
func (p *process) stop() {
	p.cancel()
	<-p.done
}

func (p *process) String() string { return fmt.Sprintf("%s %v", p.name, p.gate.effects()) }

// throughGate connects to the broker through a gate.
type throughGate struct {
	server broker
	gate   *gate
}

func (g throughGate) InProcessConn() (net.Conn, error) {
	conn, err := g.server.InProcessConn()
	if err != nil {
		return nil, err
	}
	return g.gate.join(conn, false, parseNATS)
}
