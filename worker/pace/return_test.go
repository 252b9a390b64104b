package pace_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker/pace"
)

// Callers that use only a part of what they take and return the rest.
func TestReturnedTokensAreUsed(t *testing.T) {
	const rate, length = 200, 30 * time.Second
	inVirtualTime(t, pace.Config{Account: rate, Apps: map[string]float64{"app1": rate}}, func(f *fleet) {
		for _, w := range f.add(3) {
			for range 4 {
				w.tasks.Go(func() {
					for w.ctx.Err() == nil {
						got, err := w.pacer.Take(w.ctx, "app1", false, 64)
						if err != nil {
							return
						}
						now := w.now()
						pause(w.ctx, rand.N(20*time.Millisecond)) // a pull
						used := rand.IntN(got.N + 1)
						if used > 0 {
							w.record(take{at: now, n: used, worker: w.id})
						}
						w.pacer.Return("app1", got, got.N-used)
					}
				})
			}
		}
		time.Sleep(length)
		f.stop()
		f.keeps("", rate, 5*time.Second, length)
	})
}

// A token that comes back too late, or was never taken, is not given out.
func TestReturnedTooLate(t *testing.T) {
	inVirtualTime(t, pace.Config{Account: 0.5}, func(f *fleet) {
		p := f.add(1)[0].pacer
		always := context.Background()
		got, err := p.Take(always, "app1", true, 1)
		if err != nil {
			t.Fatal(err)
		}
		p.Return("app1", got, 1)
		p.Return("app1", pace.Tokens{N: 5}, 5)
		if again, err := p.Take(always, "app1", true, 9); err != nil || again.N != 1 {
			t.Fatalf("took %d, %v; want the token that was returned", again.N, err)
		}
		p.Return("app1", got, 1)
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(always, 500*time.Millisecond)
		defer cancel()
		if late, err := p.Take(ctx, "app1", true, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("took %d, %v; want none", late.N, err)
		}
	})
}
