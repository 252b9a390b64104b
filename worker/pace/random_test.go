package pace_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/worker/pace"
)

// Whatever happens to a fleet, no window of the account or of an app holds too
// much: workers come and die, lines are cut, the broker is near or far,
// clocks disagree, and the provider asks for pauses.
func TestRandomFleets(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 5))
			rate := []float64{0.5, 1, 3, 7.5, 40, 333, 1500}[r.IntN(7)]
			apps := map[string]float64{"a": rate * 0.6, "b": max(0.1, rate/20)}
			inVirtualTime(t, pace.Config{Account: rate, Apps: apps}, func(f *fleet) {
				f.wrap = func(_ int, kv jetstream.KeyValue) jetstream.KeyValue {
					return far{kv, time.Duration(r.Int64N(int64(40 * time.Millisecond)))}
				}
				for f.now() < 50*time.Second {
					f.happen(r)
					time.Sleep(time.Duration(r.Int64N(int64(2 * time.Second))))
				}
				f.stop()
				if len(f.takes) == 0 {
					t.Error("nothing was taken")
				}
				for app, rate := range map[string]float64{"": rate, "a": apps["a"], "b": apps["b"]} {
					high, _ := bounds(rate)
					if largest := most(of(f.takes, app)); largest > high {
						t.Errorf("app %q, %v/s: %d tokens in 10 s are more than %d", app, rate, largest, high)
					}
				}
			})
		})
	}
}

// happen does one thing to the fleet.
func (f *fleet) happen(r *rand.Rand) {
	f.t.Helper()
	if len(f.workers) < 2 || len(f.workers) < 12 && r.IntN(6) == 0 {
		cfg := f.cfg
		skew := time.Duration(r.Int64N(int64(4*time.Second))) - 2*time.Second
		cfg.Now = func() time.Time { return time.Now().Add(skew) }
		f.addWith(cfg)
	}
	w := f.workers[r.IntN(len(f.workers))]
	switch r.IntN(12) {
	case 0:
		w.line.cut(true)
	case 1, 2:
		w.line.cut(false)
	case 3:
		w.line.cut(true)
		w.die()
	case 4:
		w.die()
	case 5:
		w.pacer.Slow(time.Duration(r.Int64N(int64(3 * time.Second))))
	default:
		w.want(load{
			app:   []string{"a", "b", "c"}[r.IntN(3)],
			first: r.IntN(3) == 0,
			most:  1 + r.IntN(64),
			every: time.Duration(r.IntN(4)) * 30 * time.Millisecond,
			from:  f.now(),
			to:    f.now() + time.Duration(r.Int64N(int64(20*time.Second))),
		})
	}
}
