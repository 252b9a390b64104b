package pace_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/worker/pace"
)

// far is a bucket that is a round trip away.
type far struct {
	jetstream.KeyValue
	trip time.Duration
}

func (k far) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	time.Sleep(k.trip / 2)
	defer time.Sleep(k.trip / 2)
	return k.KeyValue.Get(ctx, key)
}

func (k far) Put(ctx context.Context, key string, value []byte) (uint64, error) {
	time.Sleep(k.trip / 2)
	defer time.Sleep(k.trip / 2)
	return k.KeyValue.Put(ctx, key, value)
}

func (k far) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	time.Sleep(k.trip / 2)
	defer time.Sleep(k.trip / 2)
	return k.KeyValue.Update(ctx, key, value, revision)
}

// A round trip of 20 ms costs nothing; longer ones cost tokens where many
// workers want little each, and never bring any.
func TestFarBroker(t *testing.T) {
	const length = 25 * time.Second
	for _, c := range []struct {
		trip time.Duration
		rate float64
		part float64 // of the rate that there is at least
	}{
		{time.Millisecond, 2000, 0.9},
		{20 * time.Millisecond, 2000, 0.9},
		{20 * time.Millisecond, 0.5, 0.8},
		{100 * time.Millisecond, 20, 0.9},
		{50 * time.Millisecond, 2000, 0.5},
		{100 * time.Millisecond, 2000, 0.2},
		{300 * time.Millisecond, 200, 0},
	} {
		t.Run(fmt.Sprintf("%v a second, %s away", c.rate, c.trip), func(t *testing.T) {
			inVirtualTime(t, pace.Config{Account: c.rate}, func(f *fleet) {
				f.wrap = func(_ int, kv jetstream.KeyValue) jetstream.KeyValue { return far{kv, c.trip} }
				for _, w := range f.add(10) {
					for range 16 {
						w.want(load{app: "app1", every: 50 * time.Millisecond})
					}
				}
				time.Sleep(length)
				f.stop()
				f.neverOver(c.rate)
				smallest := least(of(f.takes, ""), 5*time.Second, length)
				t.Logf("at least %d in 10 s, %.2f of the rate", smallest, float64(smallest)/c.rate/10)
				if float64(smallest) < c.part*c.rate*10 {
					t.Errorf("only %d tokens in 10 s", smallest)
				}
				f.talksLittle(length)
			})
		})
	}
}
