//go:build unix

package proof_test

import (
	"context"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/client/sandbox"
)

// A plan is what a scenario sets up and how many jobs it publishes.
type plan struct {
	name, title string
	// jobs are published at pace a second, but for no longer than length if
	// that is set.
	jobs, pace     int
	length         time.Duration
	workers, nodes int
	// shortLives has every tenth job expire within seconds.
	shortLives bool
	// proxied puts a proxy before NATS and one before the provider.
	proxied bool
	box     sandbox.Config
}

// A stage is a scenario that runs: servers, workers, provider and producer.
type stage struct {
	t     *testing.T
	plan  plan
	rng   *rand.Rand
	start time.Time

	broker    *broker
	box       *sandbox.Sandbox
	fleet     *fleet
	producer  *producer
	toNATS    *proxy
	toBox     *proxy
	streams   jetstream.JetStream
	published chan struct{}
	// limit bounds the run, also when nothing moves any more.
	limit context.Context

	mu     sync.Mutex
	faults []fault
}

// A fault is a kind of injected fault and how often it was.
type fault struct {
	kind  string
	count int
}

// begin starts everything; jobs flow when it returns.
func begin(t *testing.T, p plan) *stage {
	t.Helper()
	chosen(t, p.name)
	s := &stage{t: t, plan: p, rng: rand.New(rand.NewPCG(*seed, uint64(len(p.name))+uint64(p.jobs))), published: make(chan struct{})}
	var cancel context.CancelFunc
	s.limit, cancel = context.WithTimeout(context.Background(), 3*time.Minute+3*time.Duration(p.jobs/p.pace)*time.Second)
	t.Cleanup(cancel)
	ps := newProcesses(t, s.folder())
	s.broker = startBroker(t, ps, s.rng, p.nodes)
	box := s.openBox()
	q, err := s.broker.provision(s.limit)
	if err != nil {
		t.Fatal(err)
	}
	s.connect()
	s.startFleet(ps, box)
	s.producer = &producer{queue: q, box: s.box, plan: p, jobs: map[string]time.Time{}}
	s.start = time.Now()
	go func() {
		defer close(s.published)
		s.producer.run(s.limit)
	}()
	t.Cleanup(func() {
		cancel()
		<-s.published
	})
	return s
}

func (s *stage) folder() string {
	if *keep == "" {
		return s.t.TempDir()
	}
	dir := filepath.Join(*keep, s.plan.name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		s.t.Fatal(err)
	}
	return dir
}

// openBox starts the provider, here: it must see every send.
func (s *stage) openBox() (address string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.box = sandbox.New(s.plan.box)
	served := make(chan error, 1)
	go func() { served <- s.box.Serve(listener) }()
	s.t.Cleanup(func() {
		_ = listener.Close()
		_ = s.box.Close()
		if err := <-served; err != nil {
			s.t.Error(err)
		}
	})
	return listener.Addr().String()
}

// connect opens the checker's own connection to the broker.
func (s *stage) connect() {
	nc, err := nats.Connect(s.broker.url(), nats.MaxReconnects(-1), nats.ReconnectWait(200*time.Millisecond))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(nc.Close)
	if s.streams, err = jetstream.New(nc); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) startFleet(ps *processes, box string) {
	model := role{Kind: "worker", URL: s.broker.url(), Provider: box, Replicas: s.plan.nodes, Verbose: *keep != "" || s.plan.nodes > 1}
	if s.plan.proxied {
		s.toNATS = startProxy(s.t, s.broker.addresses()[0])
		s.toBox = startProxy(s.t, box)
		model.URL, model.Provider = "nats://"+s.toNATS.address(), s.toBox.address()
	}
	s.fleet = &fleet{t: s.t, processes: ps, model: model}
	for range s.plan.workers {
		s.fleet.add()
	}
}

// injected counts faults of a kind.
func (s *stage) injected(kind string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.faults {
		if s.faults[i].kind == kind {
			s.faults[i].count += n
			return
		}
	}
	s.faults = append(s.faults, fault{kind, n})
}

// spread calls do n times, evenly over the jobs: each time so many of them are
// confirmed. An outage that stops the producer puts the next one off.
func (s *stage) spread(n int, do func()) {
	for i := 1; i <= n; i++ {
		due := int64(i * s.plan.jobs / (n + 1))
		if !until(s.limit, func() bool { return s.producer.confirmed.Load() >= due }) {
			return
		}
		do()
	}
}

// producing reports whether there are jobs to come.
func (s *stage) producing() bool {
	select {
	case <-s.published:
		return false
	case <-s.limit.Done():
		return false
	default:
		return true
	}
}

// pause is the only sleep of these tests: the injected schedule, such as the
// length of a freeze, the time between two kills, or a network's latency. What
// a test waits for it asks about, see until.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
