package pace_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker/pace"
)

// keeps fails the test unless no window holds too many tokens of an app ("": of
// all), and none between two times too few.
func (f *fleet) keeps(app string, rate float64, from, to time.Duration) {
	f.t.Helper()
	takes := of(f.takes, app)
	high, low := bounds(rate)
	largest, smallest := most(takes), least(takes, from, to)
	f.t.Logf("%s %v/s: %d to %d in 10 s (%+.1f %% to %+.1f %%), allowed %d to %d", app, rate, smallest, largest,
		float64(smallest)/rate*10-100, float64(largest)/rate*10-100, low, high)
	if largest > high {
		f.t.Errorf("%d tokens in 10 s are more than %d", largest, high)
	}
	if smallest < low {
		f.t.Errorf("%d tokens in 10 s are fewer than %d", smallest, low)
	}
}

// neverOver fails the test if some window holds too many tokens.
func (f *fleet) neverOver(rate float64) {
	f.t.Helper()
	high, _ := bounds(rate)
	largest := most(of(f.takes, ""))
	f.t.Logf("%v/s: up to %d in 10 s, allowed %d", rate, largest, high)
	if largest > high {
		f.t.Errorf("%d tokens in 10 s are more than %d", largest, high)
	}
}

// maxWrites is how often a worker may write in a second.
const maxWrites = 10

// talksLittle fails the test if some worker has written too often.
func (f *fleet) talksLittle(length time.Duration) {
	f.t.Helper()
	var reads, writes, lost, most float64
	for _, w := range f.workers {
		r, wr, l := w.ops.totals()
		reads, writes, lost = reads+float64(r), writes+float64(wr), lost+float64(l)
		most = max(most, float64(wr)/length.Seconds())
	}
	all := float64(len(f.workers)) * length.Seconds()
	f.t.Logf("a worker and second: %.1f reads, %.1f writes (at most %.1f), %.2f lost", reads/all, writes/all, most, lost/all)
	if most > maxWrites {
		f.t.Errorf("%.1f writes a second are more than %d", most, maxWrites)
	}
}

var shapes = []struct {
	name string
	load func(f *fleet, length time.Duration)
}{
	{"all want everything", func(f *fleet, _ time.Duration) {
		for _, w := range f.workers {
			w.want(load{app: "app1", most: 64})
		}
	}},
	{"one wants everything, others little", func(f *fleet, _ time.Duration) {
		for i, w := range f.workers {
			if i == 0 {
				w.want(load{app: "app1", most: 1000})
			} else {
				w.want(load{app: "app1", every: time.Duration(i) * 3 * time.Second})
			}
		}
	}},
	{"demand moves from worker to worker", func(f *fleet, length time.Duration) {
		for at, i := time.Duration(0), 0; at < length; i++ {
			f.workers[i%len(f.workers)].want(load{app: "app1", most: 64, from: at, to: at + 7*time.Second})
			at += 7 * time.Second
		}
	}},
	{"slots that are busy for 50 ms", func(f *fleet, _ time.Duration) {
		for _, w := range f.workers {
			for range 160 / len(f.workers) {
				w.want(load{app: "app1", every: 50 * time.Millisecond})
			}
		}
	}},
}

func TestFleetKeepsItsRate(t *testing.T) {
	const length = 25 * time.Second
	for _, shape := range shapes {
		t.Run(shape.name, func(t *testing.T) {
			for _, rate := range []float64{0.5, 20, 2000} {
				for _, workers := range []int{1, 3, 10} {
					t.Run(fmt.Sprintf("%v a second, %d workers", rate, workers), func(t *testing.T) {
						inVirtualTime(t, pace.Config{Account: rate}, func(f *fleet) {
							f.add(workers)
							shape.load(f, length)
							time.Sleep(length)
							f.stop()
							f.keeps("", rate, 5*time.Second, length)
							f.talksLittle(length)
						})
					})
				}
			}
		})
	}
}
