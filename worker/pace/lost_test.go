package pace_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/worker/pace"
)

// A bucket that forgets, or holds nonsense, does not raise the total, and does
// not stop the fleet for long.
func TestBucketThatCannotBeBelieved(t *testing.T) {
	const rate, length = 100, 60 * time.Second
	put := func(value string) func(context.Context, jetstream.KeyValue) error {
		return func(ctx context.Context, kv jetstream.KeyValue) error {
			_, err := kv.Put(ctx, "rate", []byte(value))
			return err
		}
	}
	for name, harm := range map[string]func(ctx context.Context, kv jetstream.KeyValue) error{
		"deleted":                     func(ctx context.Context, kv jetstream.KeyValue) error { return kv.Delete(ctx, "rate") },
		"purged":                      func(ctx context.Context, kv jetstream.KeyValue) error { return kv.Purge(ctx, "rate") },
		"empty":                       put(""),
		"not JSON":                    put("{"),
		"of another kind":             put(`{"since":1,"account":"soon"}`),
		"a time in the far future":    put(fmt.Sprintf(`{"since":1,"account":{"next":%d}}`, time.Duration(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()))),
		"a time before the beginning": put(`{"account":{"next":-5}}`),
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, pace.Config{Account: rate}, func(f *fleet) {
				for _, w := range f.add(3) {
					w.want(load{app: "app1", most: 64})
				}
				for i := 0; f.now() < length-20*time.Second; i++ {
					time.Sleep([]time.Duration{5 * time.Second, 120 * time.Millisecond}[i/5%2])
					if err := harm(context.Background(), f.workers[0].ops.KeyValue); err != nil {
						f.t.Fatal(err)
					}
				}
				time.Sleep(length - f.now())
				f.stop()
				f.neverOver(rate)
				f.keeps("", rate, length-12*time.Second, length)
				if got := gap(of(f.takes, ""), 3*time.Second, length); got > 2500*time.Millisecond {
					f.t.Errorf("nothing was taken for %s", got)
				}
			})
		})
	}
}

// Without the bucket nothing is taken but what had been claimed, and when it is
// there again the fleet goes on by itself.
func TestBucketIsDeleted(t *testing.T) {
	const rate, gone, back, length = 100, 15 * time.Second, 25 * time.Second, 50 * time.Second
	inVirtualTime(t, pace.Config{Account: rate}, func(f *fleet) {
		for _, w := range f.add(3) {
			w.want(load{app: "app1", most: 64})
		}
		time.Sleep(gone)
		f.manage(func(ctx context.Context, js jetstream.JetStream) error { return js.DeleteKeyValue(ctx, bucketName) })
		time.Sleep(back - gone)
		for i := range f.workers {
			f.silent(i, gone+time.Second, back)
		}
		f.manage(func(ctx context.Context, js jetstream.JetStream) error {
			_, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: bucketName})
			return err
		})
		time.Sleep(length - back)
		f.stop()
		f.neverOver(rate)
		f.keeps("", rate, back+5*time.Second, length)
	})
}

// Workers that do not agree about the rate do not fight over the bucket: the
// slower rate holds while there is one who keeps it.
func TestWorkersWithDifferentRates(t *testing.T) {
	const both, length = 30 * time.Second, 60 * time.Second
	inVirtualTime(t, pace.Config{Account: 100}, func(f *fleet) {
		var told lines
		cfg := f.cfg
		cfg.Logger = slog.New(slog.NewTextHandler(&told, nil))
		f.addWith(cfg).want(load{app: "app1", most: 64})
		slow := f.addWith(pace.Config{Account: 0.2})
		slow.want(load{app: "app1", first: true})
		slow.want(load{app: "app1"})
		time.Sleep(both)
		slow.die()
		time.Sleep(length - both)
		f.stop()
		if n := sum(by(f.takes, 1)); n < 4 || n > 7 {
			t.Errorf("%d tokens for 0.2 a second in 30 s", n)
		}
		f.neverOver(100)
		f.keeps("", 100, both+10*time.Second, length)
		f.talksLittle(length)
		if n := told.count("workers differ about a rate"); n != 1 {
			t.Errorf("the difference was told %d times", n)
		}
	})
}

// lines are what was logged.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) count(message string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), message)
}

// A count that is lost begins behind every slot that somebody may have had, also
// where they are seconds apart.
func TestLostCountOfASlowRate(t *testing.T) {
	const length = 60 * time.Second
	for _, rate := range []float64{0.3, 0.5, 1} {
		t.Run(fmt.Sprintf("%v a second", rate), func(t *testing.T) {
			inVirtualTime(t, pace.Config{Account: rate}, func(f *fleet) {
				for _, w := range f.add(3) {
					w.want(load{app: "app1", first: true})
				}
				for f.now() < length {
					time.Sleep(7100 * time.Millisecond)
					if err := f.workers[0].ops.Delete(context.Background(), "rate"); err != nil {
						f.t.Fatal(err)
					}
				}
				f.stop()
				f.neverOver(rate)
			})
		})
	}
}
