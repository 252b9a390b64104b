package pace_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker/pace"
)

// skewed are workers whose clocks are up to 2 s apart, and one whose clock is an
// hour ahead and too fast. The demand moves between them and is all at once in
// the end.
func skewed(f *fleet) {
	for i, skew := range []time.Duration{-time.Second, time.Second, 0, time.Hour} {
		cfg := f.cfg
		cfg.Now = func() time.Time { return time.Now().Add(skew) }
		if i == 3 {
			cfg.Now = func() time.Time { return time.Now().Add(skew + f.now()/4000) }
		}
		w := f.addWith(cfg)
		w.want(load{app: "app1", most: 64, from: 30 * time.Second})
	}
	for i, at := range []time.Duration{0, 11 * time.Second, 22 * time.Second} {
		w := f.workers[1-i%2]
		w.want(load{app: "app1", most: 64, from: at, to: at + 11*time.Second})
	}
}

// The time is the broker's for all of them, so what their clocks show does not
// matter.
func TestClocksThatDisagree(t *testing.T) {
	const length = 45 * time.Second
	for _, rate := range []float64{0.5, 100, 2000} {
		t.Run(fmt.Sprintf("%v a second", rate), func(t *testing.T) {
			inVirtualTime(t, pace.Config{Account: rate}, func(f *fleet) {
				skewed(f)
				time.Sleep(length)
				f.stop()
				f.keeps("", rate, 5*time.Second, length)
			})
		})
	}
}
