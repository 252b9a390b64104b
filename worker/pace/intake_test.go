package pace_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker/pace"
)

// poll is an intake of logins that takes tokens for all its slots before it
// pulls, and nearly always finds no job or one.
func (w *worker) poll(slots int, every time.Duration) {
	w.tasks.Go(func() {
		for i := 0; w.ctx.Err() == nil; i++ {
			got, err := w.pacer.Take(w.ctx, "app1", true, slots)
			if err != nil {
				return
			}
			pause(w.ctx, 5*time.Millisecond)
			used := 0
			if i%4 == 0 {
				used = 1
				w.record(take{at: w.now(), n: 1, app: "app1", first: true, worker: w.id})
			}
			w.pacer.Return("app1", got, got.N-used)
			pause(w.ctx, every)
		}
	})
}

// Logins that are only looked for do not use up what a batch elsewhere could
// have: a call that asks for many reserves one.
func TestLookingForLoginsCostsLittle(t *testing.T) {
	const length = 25 * time.Second
	for rate, every := range map[float64]time.Duration{20: 500 * time.Millisecond, 200: 50 * time.Millisecond} {
		t.Run(fmt.Sprintf("%v a second", rate), func(t *testing.T) {
			inVirtualTime(t, pace.Config{Account: rate}, func(f *fleet) {
				for i, w := range f.add(3) {
					if i < 2 {
						w.want(load{app: "app2", most: 64})
					} else {
						w.poll(64, every)
					}
				}
				time.Sleep(length)
				f.stop()
				f.keeps("", rate, 5*time.Second, length)
			})
		})
	}
}
