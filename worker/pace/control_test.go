package pace_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/worker/pace"
)

// Controls: with one guard off, some window holds too much or too little. Without
// them the tests around would prove nothing.
func TestControls(t *testing.T) {
	const rate, died, length = 100, 20 * time.Second, 40 * time.Second
	tooMany := func(f *fleet) bool {
		high, _ := bounds(rate)
		largest := most(of(f.takes, ""))
		f.t.Logf("%d tokens in 10 s, allowed %d", largest, high)
		return largest > high
	}
	tooFew := func(f *fleet) bool {
		_, low := bounds(rate)
		smallest := least(of(f.takes, ""), 5*time.Second, length)
		f.t.Logf("%d tokens in 10 s, wanted %d", smallest, low)
		return smallest < low
	}
	for _, c := range []struct {
		name   string
		run    func(f *fleet)
		breaks func(f *fleet) bool
	}{
		{"compare-and-set off", func(f *fleet) {
			f.wrap = func(_ int, kv jetstream.KeyValue) jetstream.KeyValue {
				return blind{far{kv, 60 * time.Millisecond}}
			}
			for _, w := range f.add(6) {
				w.want(load{app: "app1", most: 64})
			}
		}, tooMany},
		{"spacing off", func(f *fleet) {
			for _, w := range f.add(2) {
				w.pacer.Space("", time.Second/rate*93/100)
				w.want(load{app: "app1", most: 64})
			}
		}, tooMany},
		{"spacing of an app off", func(f *fleet) {
			f.cfg.Apps = map[string]float64{"app1": rate / 4}
			for _, w := range f.add(2) {
				w.pacer.Space("app1", 4*time.Second/rate*93/100)
				w.want(load{app: "app1", most: 64})
				w.want(load{app: "app2", most: 64})
			}
		}, func(f *fleet) bool {
			high, _ := bounds(rate / 4)
			return most(of(f.takes, "app1")) > high
		}},
		{"claims far ahead", func(f *fleet) {
			w := f.add(2)[0]
			w.pacer.Hoard(1400 * time.Millisecond)
			w.want(load{app: "app1", most: 1000})
			f.workers[1].want(load{app: "app1", most: 1000, from: died - 10*time.Millisecond})
			time.AfterFunc(died, w.die)
		}, func(f *fleet) bool {
			still := gap(by(f.takes, 1), died, length)
			f.t.Logf("nothing for %s", still)
			return still > 500*time.Millisecond
		}},
		{"no token before its slot", func(f *fleet) {
			w := f.add(2)[1]
			w.pacer.Punctual()
			w.want(load{app: "app3", first: true, every: 70 * time.Millisecond})
			f.workers[0].want(load{app: "app1", most: 64})
		}, func(f *fleet) bool {
			waits := f.waits(5 * time.Second)
			return waits[len(waits)-1] > 50*time.Millisecond
		}},
		{"claims that the bucket has not confirmed", func(f *fleet) {
			f.wrap = func(_ int, kv jetstream.KeyValue) jetstream.KeyValue {
				return &sure{KeyValue: kv, from: f.start.Add(died)}
			}
			for _, w := range f.add(3) {
				w.want(load{app: "app1", most: 64})
			}
		}, tooMany},
		{"a pause is not told", func(f *fleet) {
			f.wrap = func(_ int, kv jetstream.KeyValue) jetstream.KeyValue { return mute{kv} }
			for _, w := range f.add(2) {
				w.want(load{app: "app1", most: 64})
			}
			time.AfterFunc(died, func() { f.workers[0].pacer.Slow(6 * time.Second) })
		}, func(f *fleet) bool {
			return gap(by(f.takes, 1), died+time.Second, died+6*time.Second) < time.Second
		}},
		// A worker whose clock is behind finds every slot taken already.
		{"each by its own clock", func(f *fleet) {
			skewed(f)
			for _, w := range f.workers {
				w.pacer.TrustNow()
			}
		}, tooFew},
	} {
		t.Run(c.name, func(t *testing.T) {
			inVirtualTime(t, pace.Config{Account: rate}, func(f *fleet) {
				c.run(f)
				time.Sleep(length)
				f.stop()
				if !c.breaks(f) {
					f.t.Error("the rate is kept without the guard: it is not what keeps it")
				}
			})
		})
	}
}
