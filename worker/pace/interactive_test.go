package pace_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker/pace"
)

// waits returns how long interactive calls have waited, the longest last.
func (f *fleet) waits(after time.Duration) (all []time.Duration) {
	for _, x := range of(f.takes, "") {
		if x.first && x.at > after {
			all = append(all, x.waited)
		}
	}
	slices.Sort(all)
	return all
}

// A batch that wants everything, on any worker, does not make logins wait.
func TestInteractiveGoesFirst(t *testing.T) {
	const length = 40 * time.Second
	for _, c := range []struct {
		rate  float64
		every time.Duration
		limit time.Duration
	}{
		{0.5, 5 * time.Second, 2300 * time.Millisecond}, // tokens are two seconds apart
		{1, 2500 * time.Millisecond, 1200 * time.Millisecond},
		{5, 900 * time.Millisecond, 500 * time.Millisecond},
		{100, 70 * time.Millisecond, 50 * time.Millisecond},
		{2000, 70 * time.Millisecond, 50 * time.Millisecond},
	} {
		for name, place := range map[string]func(f *fleet) *worker{
			"the batch is elsewhere": func(f *fleet) *worker { return f.workers[9] },
			"in the same worker":     func(f *fleet) *worker { return f.workers[0] },
		} {
			t.Run(fmt.Sprintf("%v a second, %s", c.rate, name), func(t *testing.T) {
				inVirtualTime(t, pace.Config{Account: c.rate}, func(f *fleet) {
					for _, w := range f.add(10)[:9] {
						w.want(load{app: "app1", most: 64})
						w.want(load{app: "app2", most: 64})
					}
					for i := range 2 {
						place(f).want(load{app: "app3", first: true, every: c.every * time.Duration(6+i) / 6, from: c.every * time.Duration(i) / 2})
					}
					time.Sleep(length)
					f.stop()
					waits := f.waits(3*time.Second + 3*seconds(1/c.rate))
					t.Logf("%d logins, median %s, at most %s", len(waits), waits[len(waits)/2], waits[len(waits)-1])
					if longest := waits[len(waits)-1]; longest > c.limit {
						t.Errorf("a login waited for %s", longest)
					}
					f.keeps("", c.rate, 5*time.Second, length)
				})
			})
		}
	}
}

// Where interactive calls want all there is, a batch gets nothing.
func TestInteractiveTakesAll(t *testing.T) {
	const rate, length = 50, 30 * time.Second
	inVirtualTime(t, pace.Config{Account: rate}, func(f *fleet) {
		for i, w := range f.add(6) {
			if i < 3 {
				w.want(load{app: "app1", most: 64})
			}
			w.want(load{app: "app1", first: true, most: 64})
		}
		time.Sleep(length)
		f.stop()
		f.keeps("", rate, 5*time.Second, length)
		batch := 0
		for _, x := range of(f.takes, "") {
			if !x.first && x.at > 5*time.Second {
				batch += x.n
			}
		}
		t.Logf("%d tokens for the batch in 25 s", batch)
		if batch > 25*rate/50 {
			t.Errorf("the batch got %d tokens", batch)
		}
		f.talksLittle(length)
	})
}

// The same for an app's own rate.
func TestInteractiveGoesFirstWithinAnApp(t *testing.T) {
	const length = 30 * time.Second
	inVirtualTime(t, pace.Config{Account: 1000, Apps: map[string]float64{"app1": 20}}, func(f *fleet) {
		for _, w := range f.add(5)[:4] {
			w.want(load{app: "app1", most: 64})
			w.want(load{app: "app2", most: 64})
		}
		f.workers[4].want(load{app: "app1", first: true, every: 700 * time.Millisecond})
		time.Sleep(length)
		f.stop()
		waits := f.waits(3 * time.Second)
		t.Logf("%d logins, at most %s", len(waits), waits[len(waits)-1])
		if longest := waits[len(waits)-1]; longest > 100*time.Millisecond {
			t.Errorf("a login waited for %s", longest)
		}
		f.keeps("app1", 20, 5*time.Second, length)
		f.keeps("", 1000, 5*time.Second, length)
	})
}
