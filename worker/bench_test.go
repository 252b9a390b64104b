package worker

import (
	"context"
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

func BenchmarkClassify(b *testing.B) {
	table := newTable(nil)
	for name, err := range map[string]error{
		"accepted": nil,
		"refused":  &client.RefusedError{Status: "-28"},
		"unknown":  &client.UnknownError{Err: context.DeadlineExceeded},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				table.classify(err)
			}
		})
	}
}

func BenchmarkDecide(b *testing.B) {
	s := situation{
		now: decideNow, expiresAt: decideNow.Add(time.Minute), usual: 400 * time.Millisecond,
		backoff: 2 * time.Second, askAfter: decideNow.Add(18 * time.Second),
	}
	for _, status := range []string{"0", "-27", "-18"} {
		b.Run(status, func(b *testing.B) {
			b.ReportAllocs()
			v := rowVerdict(newTable(nil).rule(status))
			for b.Loop() {
				decide(v, s)
			}
		})
	}
}

func BenchmarkScheduleDelay(b *testing.B) {
	s := defaultSchedule(0.25)
	for _, attempt := range []int{1, 8, 32} {
		b.Run(fmt.Sprint(attempt), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.delay(attempt)
			}
		})
	}
}

func BenchmarkSituation(b *testing.B) {
	cfg := DefaultConfig()
	w := &Worker{
		cfg: cfg, holds: newHolds(cfg, func(Event) {}),
		schedule: schedule{initial: cfg.RetryInitial, max: cfg.RetryMax, jitter: cfg.RetryJitter},
	}
	d := &delivery{expiresAt: time.Now().Add(time.Hour)}
	b.ReportAllocs()
	for b.Loop() {
		w.situation(d)
	}
}

func BenchmarkPermit(b *testing.B) {
	h := newHolds(DefaultConfig(), func(Event) {})
	b.ReportAllocs()
	for b.Loop() {
		h.call(vAccepted)
	}
}

// The whole path on one machine, every write synced to disk: jobs are queued
// first, then one worker drains them through real HTTP on loopback.
func BenchmarkPath(b *testing.B) {
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
	provider := newProvider(b, client.Config{BaseURL: "http://" + listener.Addr().String() + "/otp"})

	run := time.Now().UnixNano()
	for i := range b.N {
		j := schema.Job{
			ID: fmt.Sprintf("j-%d-%d", run, i), AppID: "app1", TTLSeconds: 3600,
			Code: redact.NewCode("123456"), To: redact.NewPhone(goodPhone),
		}
		if err := q.Publish(b.Context(), schema.LaneInteractive, j); err != nil {
			b.Fatal(err)
		}
	}
	done := make(chan schema.Result, b.N)
	cfg := DefaultConfig()
	cfg.Observe = func(e Event) {
		if e.Kind == KindResult {
			done <- e.Result
		}
	}
	w, err := New(cfg, q, provider)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	b.ResetTimer()
	go func() { ended <- w.Run(ctx) }()
	for range b.N {
		if r := <-done; r.Outcome != schema.OutcomeSent {
			b.Fatalf("job %s: %s (%s)", r.JobID, r.Outcome, r.Reason)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
	b.StopTimer()
	cancel()
	if err := <-ended; err != nil {
		b.Error(err)
	}
	if n := box.Stats().Accepted; n != int64(b.N) {
		b.Errorf("%d sends for %d jobs", n, b.N)
	}
}
