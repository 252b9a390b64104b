package pace_test

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/worker/pace"
)

func stocked(t testing.TB) *pace.Pacer {
	t.Helper()
	p, err := pace.New(pace.Config{Account: 1000, Apps: map[string]float64{"app1": 1000}}, struct{ jetstream.KeyValue }{})
	if err != nil {
		t.Fatal(err)
	}
	p.Stock("app1", 1<<40)
	return p
}

// BenchmarkTake is a token of an app and of the account that are at hand.
func BenchmarkTake(b *testing.B) {
	p := stocked(b)
	for b.Loop() {
		if _, err := p.Take(b.Context(), "app1", true, 1); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTakeParallel is BenchmarkTake by many goroutines.
func BenchmarkTakeParallel(b *testing.B) {
	p := stocked(b)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := p.Take(b.Context(), "app1", false, 1); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkNoLimit is what the hot path asks where nothing limits.
func BenchmarkNoLimit(b *testing.B) {
	p, err := pace.New(pace.Config{}, nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if p.Limits("app1") {
			b.Fatal("limited")
		}
	}
}

func TestTakeAllocatesNothing(t *testing.T) {
	p := stocked(t)
	if n := testing.AllocsPerRun(1000, func() {
		got, err := p.Take(t.Context(), "app1", false, 4)
		if err != nil || got.N != 4 {
			t.Fatalf("took %d, %v", got.N, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a call", n)
	}
}
