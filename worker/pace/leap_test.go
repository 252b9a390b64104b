package pace_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/worker/pace"
)

// leaping is a bucket whose broker's clock leaps at a time, as it does when
// another server takes over.
type leaping struct {
	jetstream.KeyValue
	at   time.Time
	leap time.Duration
}

type leapt struct {
	jetstream.KeyValueEntry
	created time.Time
}

func (e leapt) Created() time.Time { return e.created }

func (k leaping) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	entry, err := k.KeyValue.Get(ctx, key)
	if err != nil || entry.Created().Before(k.at) {
		return entry, err
	}
	return leapt{entry, entry.Created().Add(k.leap)}, nil
}

// A leap of the broker's clock is over after a moment: the workers do not go by
// two times, and none stands still until the old one has come again.
func TestBrokersClockLeaps(t *testing.T) {
	const rate, at, length = 100, 15 * time.Second, 40 * time.Second
	for _, leap := range []time.Duration{-time.Hour, -20 * time.Second, -2 * time.Second, -300 * time.Millisecond, 300 * time.Millisecond, 2 * time.Second, 20 * time.Second, time.Hour} {
		t.Run(fmt.Sprint(leap), func(t *testing.T) {
			inVirtualTime(t, pace.Config{Account: rate}, func(f *fleet) {
				f.wrap = func(_ int, kv jetstream.KeyValue) jetstream.KeyValue {
					return leaping{kv, f.start.Add(at), leap}
				}
				for range 4 { // they read the clock at different times
					f.add(1)[0].want(load{app: "app1", most: 64})
					time.Sleep(2500 * time.Millisecond)
				}
				time.Sleep(length - f.now())
				f.stop()
				takes := of(f.takes, "")
				largest, still := most(takes), gap(takes, 5*time.Second, length)
				t.Logf("up to %d in 10 s, still for %s", largest, still)
				if still > 2*time.Second {
					t.Errorf("still for %s", still)
				}
				f.neverOver(rate)
				if _, low := bounds(rate); least(takes, at+11*time.Second, length) < low {
					t.Error("too few afterwards")
				}
			})
		})
	}
}
