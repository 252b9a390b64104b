package pace_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker/pace"
)

// Workers that want the same get the same, one after the other.
func TestWorkersTakeTurns(t *testing.T) {
	const length = 40 * time.Second
	for _, rate := range []float64{20, 2000} {
		for _, workers := range []int{3, 10} {
			t.Run(fmt.Sprintf("%v a second, %d workers", rate, workers), func(t *testing.T) {
				inVirtualTime(t, pace.Config{Account: rate}, func(f *fleet) {
					for _, w := range f.add(workers) {
						for range 10 {
							w.want(load{app: "app1", most: 64})
						}
					}
					time.Sleep(length)
					f.stop()
					if each := float64(sum(f.takes)) / float64(len(f.takes)); rate > 1000 && each < 5 {
						t.Errorf("%.1f tokens a call: each is given by itself", each)
					}
					even := float64(sum(f.takes)) / float64(workers)
					for i := range f.workers {
						mine := by(f.takes, i)
						share, longest := float64(sum(mine))/even, gap(mine, 3*time.Second, length)
						if share < 0.8 || share > 1.2 || longest > time.Duration(workers)*400*time.Millisecond {
							t.Errorf("worker %d got %.2f of an even share, nothing for %s", i, share, longest)
						}
					}
				})
			})
		}
	}
}
