package worker

import (
	"context"
	"flag"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/queue"
)

// A plant is the whole path on one machine in real time: every write synced to
// disk, the sandbox over HTTP on loopback.
type plant struct {
	b        *testing.B
	queue    *queue.Queue
	provider Provider
	results  chan schema.Result
	// taken has the time of each delivery of a job of app2.
	taken chan time.Time
}

func newPlant(b *testing.B) *plant {
	b.Helper()
	server, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(server.Stop)
	qc := queue.DefaultConfig()
	qc.Options = append(qc.Options, server.InProcess())
	q, err := queue.Connect(b.Context(), qc)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = q.Close() })
	if err := q.Provision(b.Context()); err != nil {
		b.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	box := sandbox.New(sandbox.Config{})
	go func() { _ = box.Serve(listener) }()
	b.Cleanup(func() { _ = box.Close() })
	return &plant{
		b: b, queue: q, results: make(chan schema.Result, 1<<20), taken: make(chan time.Time, 1<<20),
		provider: newProvider(b, client.Config{BaseURL: "http://" + listener.Addr().String() + "/otp"}),
	}
}

func (p *plant) publish(id, app, to string) {
	j := schema.Job{ID: id, AppID: app, TTLSeconds: 3600, Code: redact.NewCode("123456"), To: redact.NewPhone(to)}
	if err := p.queue.Publish(p.b.Context(), schema.LaneInteractive, j); err != nil {
		p.b.Fatal(err)
	}
}

// start runs a worker until the end of the benchmark.
func (p *plant) start() {
	cfg := DefaultConfig()
	cfg.Observe = func(e Event) {
		switch {
		case e.Kind == KindResult:
			p.results <- e.Result
		case e.Kind == KindTaken && e.AppID == "app2":
			p.taken <- e.Time
		}
	}
	w, err := New(cfg, p.queue, p.provider)
	if err != nil {
		p.b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	p.b.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			p.b.Error(err)
		}
	})
}

// Jobs are queued first, then one worker drains them.
func BenchmarkPath(b *testing.B) {
	p := newPlant(b)
	for i := range b.N {
		p.publish(fmt.Sprintf("j-%d", i), "app1", goodPhone)
	}
	b.ResetTimer()
	p.start()
	for range b.N {
		if r := <-p.results; r.Outcome != schema.OutcomeSent {
			b.Fatalf("job %s: %s (%s)", r.JobID, r.Outcome, r.Reason)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
}

var heldJobs = flag.Int("held", 1000, "jobs on hold in BenchmarkFreshJobBesideHeld")

// How long a job of one app takes, from before it is published to its pick-up
// by a worker and to its result, while -held jobs of another app are on hold.
func BenchmarkFreshJobBesideHeld(b *testing.B) {
	p := newPlant(b)
	p.start()
	for i := range *heldJobs {
		p.publish(fmt.Sprintf("held-%d", i), "app1", "15552700001")
	}
	// The first round of holds is through when a fresh job is.
	p.publish("first", "app2", goodPhone)
	<-p.results
	<-p.taken
	var longest, pickUp time.Duration
	late := 0
	b.ResetTimer()
	for i := range b.N {
		start := time.Now()
		p.publish(fmt.Sprintf("fresh-%d", i), "app2", goodPhone)
		if r := <-p.results; r.Outcome != schema.OutcomeSent || r.AppID != "app2" {
			b.Fatalf("job %s: %s (%s)", r.JobID, r.Outcome, r.Reason)
		}
		longest = max(longest, time.Since(start))
		took := (<-p.taken).Sub(start)
		pickUp = max(pickUp, took)
		if took > 100*time.Millisecond {
			late++
		}
	}
	b.ReportMetric(float64(longest.Microseconds())/1000, "longest-ms")
	b.ReportMetric(float64(pickUp.Microseconds())/1000, "longest-pick-up-ms")
	b.ReportMetric(float64(late), "over-100ms")
}
