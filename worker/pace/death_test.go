package pace_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker/pace"
)

// A worker that had everything dies without a word; the others have its share
// within half a second.
func TestDeadWorkerGivesItsShareBack(t *testing.T) {
	const died, length = 20 * time.Second, 40 * time.Second
	for _, rate := range []float64{5, 100, 2000} {
		t.Run(fmt.Sprintf("%v a second", rate), func(t *testing.T) {
			inVirtualTime(t, pace.Config{Account: rate}, func(f *fleet) {
				workers := f.add(3)
				workers[0].want(load{app: "app1", most: 1000})
				for _, w := range workers[1:] {
					w.want(load{app: "app1", most: 1000, from: died - 10*time.Millisecond})
				}
				time.Sleep(died)
				workers[0].line.cut(true)
				workers[0].die()
				time.Sleep(length - died)
				f.stop()
				f.keeps("", rate, 5*time.Second, length)
				got := gap(of(f.takes, ""), died-time.Second, died+10*time.Second)
				t.Logf("longest gap around the death: %s", got)
				if got > 500*time.Millisecond {
					t.Errorf("nothing was taken for %s", got)
				}
			})
		})
	}
}
