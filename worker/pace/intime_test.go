package pace_test

import (
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker/pace"
)

// stalled are calls in many slots whose pulls all hang for a while and come back
// at the same moment. It returns how many calls the fullest window holds.
func stalled(f *fleet, ask bool) int {
	const from, to = 15 * time.Second, 18 * time.Second
	for _, w := range f.add(2) {
		for range 300 {
			w.tasks.Go(func() {
				for w.ctx.Err() == nil {
					got, err := w.pacer.Take(w.ctx, "app1", false, 1)
					if err != nil {
						return
					}
					if now := w.now(); now > from && now < to {
						pause(w.ctx, to-now)
					}
					if !ask || w.pacer.InTime("app1", got) {
						w.record(take{at: w.now(), n: got.N, worker: w.id})
					}
				}
			})
		}
	}
	time.Sleep(40 * time.Second)
	f.stop()
	return most(of(f.takes, ""))
}

// Calls that were held up are not made with the tokens of long ago.
func TestCallsThatAreHeldUp(t *testing.T) {
	const rate = 100
	high, _ := bounds(rate)
	for _, ask := range []bool{true, false} {
		inVirtualTime(t, pace.Config{Account: rate, Apps: map[string]float64{"app1": rate}}, func(f *fleet) {
			calls := stalled(f, ask)
			t.Logf("asked %v: up to %d calls in 10 s", ask, calls)
			if ask && calls > high {
				t.Errorf("%d calls in 10 s are more than %d", calls, high)
			}
			if !ask && calls <= high {
				t.Error("the rate is kept without the guard: it is not what keeps it")
			}
			if ask {
				f.keeps("", rate, 19*time.Second, 40*time.Second)
			}
		})
	}
}
