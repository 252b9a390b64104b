package pace_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker/pace"
)

// Without the bucket there are no new tokens, and after it no more than ever.
func TestOutageNeverRaisesTheTotal(t *testing.T) {
	const gone, back, length = 15 * time.Second, 30 * time.Second, 60 * time.Second
	for _, rate := range []float64{0.5, 20, 2000} {
		t.Run(fmt.Sprintf("%v a second", rate), func(t *testing.T) {
			inVirtualTime(t, pace.Config{Account: rate}, func(f *fleet) {
				for _, w := range f.add(3) {
					w.want(load{app: "app1", most: 64})
					w.want(load{app: "app1", first: true, every: time.Second})
				}
				f.cut(gone, true)
				f.cut(back, false)
				time.Sleep(length - back)
				f.stop()
				// A login's slot may be a step ahead.
				without, claimed := 0, max(time.Second, seconds(1.2/rate))
				for _, x := range of(f.takes, "") {
					if x.at > gone+claimed && x.at < back {
						t.Errorf("a token was taken %s into the outage", x.at-gone)
					}
					if x.at > gone && x.at < back {
						without += x.n
					}
				}
				t.Logf("%d tokens taken in the outage", without)
				f.keeps("", rate, back+5*time.Second, length)
			})
		})
	}
}

// cut cuts the lines of all workers, or mends them, at a time.
func (f *fleet) cut(at time.Duration, isCut bool) {
	time.Sleep(at - f.now())
	for _, w := range f.workers {
		w.line.cut(isCut)
	}
}

// Workers that cannot reach the bucket leave their share to those that can.
func TestHalfAnOutage(t *testing.T) {
	inVirtualTime(t, pace.Config{Account: 100}, func(f *fleet) {
		for _, w := range f.add(4) {
			w.want(load{app: "app1", most: 64})
		}
		time.Sleep(15 * time.Second)
		f.workers[0].line.cut(true)
		f.workers[1].line.cut(true)
		time.Sleep(15 * time.Second)
		f.workers[0].line.cut(false)
		f.workers[1].line.cut(false)
		time.Sleep(15 * time.Second)
		f.stop()
		f.keeps("", 100, 5*time.Second, 45*time.Second)
	})
}
