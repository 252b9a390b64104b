package pace_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker/pace"
)

// silent fails the test if a worker took something between two times.
func (f *fleet) silent(worker int, from, to time.Duration) {
	f.t.Helper()
	for _, x := range f.taken() {
		if x.worker == worker && x.at > from && x.at < to {
			f.t.Errorf("worker %d took a token at %s, between %s and %s", worker, x.at, from, to)
			return
		}
	}
}

// One worker is told to wait, and the whole fleet does.
func TestSlowStopsTheFleet(t *testing.T) {
	const said, wait, length = 15 * time.Second, 6 * time.Second, 35 * time.Second
	for _, c := range []struct {
		name string
		cfg  pace.Config
		most int
	}{
		{"an account limit", pace.Config{Account: 200}, 64},
		{"an app's limit", pace.Config{Apps: map[string]float64{"app1": 200}}, 64},
		{"no limit", pace.Config{}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			inVirtualTime(t, c.cfg, func(f *fleet) {
				for _, w := range f.add(4) {
					w.want(load{app: "app1", most: c.most, every: 10 * time.Millisecond})
					w.want(load{app: "app1", first: true, every: 100 * time.Millisecond})
				}
				time.Sleep(said)
				f.workers[0].pacer.Slow(wait)
				f.workers[0].pacer.Slow(time.Second) // a shorter one changes nothing
				time.Sleep(length - said)
				f.stop()
				f.silent(0, said, said+wait)
				for i := range f.workers {
					f.silent(i, said+1100*time.Millisecond, said+wait)
				}
				if quiet := gap(of(f.takes, ""), said+1100*time.Millisecond, length); quiet > wait-600*time.Millisecond {
					t.Errorf("the fleet was silent for %s", quiet)
				}
				if c.most > 1 {
					f.neverOver(200)
					f.keeps("app1", 200, said+wait+time.Second, length)
				}
			})
		})
	}
}

// What could not be told in an outage is told after it.
func TestSlowIsToldAfterAnOutage(t *testing.T) {
	inVirtualTime(t, pace.Config{Account: 50}, func(f *fleet) {
		for _, w := range f.add(2) {
			w.want(load{app: "app1", most: 64})
		}
		time.Sleep(15 * time.Second)
		f.workers[0].line.cut(true)
		f.workers[0].pacer.Slow(15 * time.Second)
		time.Sleep(5 * time.Second)
		f.workers[0].line.cut(false)
		time.Sleep(20 * time.Second)
		f.stop()
		f.silent(0, 15*time.Second, 30*time.Second)
		f.silent(1, 25*time.Second, 30*time.Second)
		f.neverOver(50)
	})
}

// A worker that comes when the bucket has been lost is told of a pause by those
// who know of it.
func TestSlowOutlivesTheBucket(t *testing.T) {
	const said, wait, length = 5 * time.Second, 15 * time.Second, 30 * time.Second
	inVirtualTime(t, pace.Config{Account: 50}, func(f *fleet) {
		for _, w := range f.add(2) {
			w.want(load{app: "app1", most: 64})
		}
		time.Sleep(said)
		f.workers[0].pacer.Slow(wait)
		time.Sleep(3 * time.Second)
		if err := f.workers[0].ops.Delete(context.Background(), "rate"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		f.add(1)[0].want(load{app: "app1", most: 64})
		time.Sleep(length - f.now())
		f.stop()
		f.silent(2, 0, said+wait)
		if len(by(f.takes, 2)) == 0 {
			t.Error("the new worker took nothing after the pause")
		}
	})
}

// Nobody waits longer than the longest pause, whatever a worker or the bucket
// says.
func TestSlowHasALimit(t *testing.T) {
	inVirtualTime(t, pace.Config{Account: 50}, func(f *fleet) {
		w := f.add(1)[0]
		w.want(load{app: "app1", from: 5 * time.Second, every: time.Second})
		w.pacer.Slow(24 * time.Hour)
		time.Sleep(10*time.Minute + 10*time.Second)
		f.silent(0, 0, 10*time.Minute-time.Second)
		before := len(f.taken())
		pause := fmt.Sprintf(`{"since":1,"slow":%d}`, time.Now().Add(time.Hour).UnixNano())
		if _, err := w.ops.KeyValue.Put(context.Background(), "rate", []byte(pause)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10*time.Minute + 10*time.Second)
		f.stop()
		if after := len(f.takes); before == 0 || after == before {
			t.Errorf("%d tokens after the first pause, %d after the second", before, after-before)
		}
	})
}
