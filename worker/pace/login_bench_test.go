package pace_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/worker/pace"
)

// BenchmarkLogin is how long an interactive call waits for its token, in real
// time: calls that follow each other, calls after a pause, beside another worker,
// and beside a batch that takes all there is. What counts is p50, p99 and worst;
// oversleep is how late the machine itself was at worst.
func BenchmarkLogin(b *testing.B) {
	for _, c := range []struct {
		name    string
		rate    float64
		pause   time.Duration
		workers int // that make calls in turn
		batch   bool
	}{
		{"every 50 ms", 1000, 50 * time.Millisecond, 1, false},
		{"after 2 s", 1000, 2 * time.Second, 1, false},
		{"after 2 s, two workers in turn", 1000, 2 * time.Second, 2, false},
		{"every 50 ms beside a batch", 200, 50 * time.Millisecond, 1, true},
		{"after 2 s beside a batch", 200, 2 * time.Second, 1, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			pacers := realFleet(b, pace.Config{Account: c.rate}, c.workers+1)
			ctx := b.Context()
			if c.batch {
				drain(b, pacers[c.workers])
			}
			var waits []time.Duration
			var oversleep time.Duration
			for i := 0; b.Loop(); i++ {
				slept := time.Now()
				time.Sleep(c.pause)
				start := time.Now()
				oversleep = max(oversleep, start.Sub(slept)-c.pause)
				if _, err := pacers[i%c.workers].Take(ctx, "app1", true, 1); err != nil {
					b.Fatal(err)
				}
				waits = append(waits, time.Since(start))
			}
			slices.Sort(waits)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(oversleep)/float64(time.Microsecond), "oversleep-µs")
			for unit, part := range map[string]int{"p50-µs": 500, "p99-µs": 990, "worst-µs": 1000} {
				at := min(len(waits)-1, len(waits)*part/1000)
				b.ReportMetric(float64(waits[at])/float64(time.Microsecond), unit)
			}
		})
	}
}

// drain takes all that a batch can get, until the benchmark ends.
func drain(b *testing.B, p *pace.Pacer) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_, _ = p.Take(ctx, "app2", false, 64)
		}
	}()
	b.Cleanup(func() { cancel(); <-done })
}

// realFleet is n pacers on a server of their own in real time.
func realFleet(b *testing.B, cfg pace.Config, n int) (pacers []*pace.Pacer) {
	b.Helper()
	srv, err := server.NewServer(&server.Options{StoreDir: b.TempDir(), JetStream: true, DontListen: true, NoSigs: true, NoLog: true})
	if err != nil {
		b.Fatal(err)
	}
	srv.Start()
	b.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	if !srv.ReadyForConnections(10 * time.Second) {
		b.Fatal("server not ready")
	}
	for i := range n {
		nc, err := nats.Connect("", nats.InProcessServer(srv))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(nc.Close)
		js, err := jetstream.New(nc)
		if err != nil {
			b.Fatal(err)
		}
		var kv jetstream.KeyValue
		if i == 0 {
			kv, err = js.CreateKeyValue(b.Context(), jetstream.KeyValueConfig{Bucket: bucketName, History: 1})
		} else {
			kv, err = js.KeyValue(b.Context(), bucketName)
		}
		if err != nil {
			b.Fatal(err)
		}
		p, err := pace.New(cfg, kv)
		if err != nil {
			b.Fatal(fmt.Errorf("worker %d: %w", i, err))
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() {
			defer close(done)
			p.Run(ctx)
		}()
		b.Cleanup(func() { cancel(); <-done })
		pacers = append(pacers, p)
	}
	// A bucket that is new is not used for a moment.
	if _, err := pacers[0].Take(b.Context(), "app1", true, 1); err != nil {
		b.Fatal(err)
	}
	return pacers
}
