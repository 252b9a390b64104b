package pace_test

import (
	"context"
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker/pace"
)

// A fleet without work writes nothing.
func TestIdleFleetWritesNothing(t *testing.T) {
	for name, cfg := range map[string]pace.Config{
		"account": {Account: 100},
		"app":     {Apps: map[string]float64{"app1": 100}},
		"nothing": {},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, cfg, func(f *fleet) {
				for _, w := range f.add(3) {
					w.want(load{app: "app1", most: 8, every: 50 * time.Millisecond, to: 10 * time.Second})
				}
				time.Sleep(12 * time.Second)
				before := f.writes()
				time.Sleep(10 * time.Minute)
				if after := f.writes(); after != before {
					t.Errorf("%d writes while idle", after-before)
				}
				reads, _, _ := f.workers[0].ops.totals()
				if cfg.Account > 0 && reads > 500 || reads > 1000 {
					t.Errorf("%d reads", reads)
				}
			})
		})
	}
}

func (f *fleet) writes() (sum int) {
	for _, w := range f.workers {
		_, n, _ := w.ops.totals()
		sum += n
	}
	return sum
}

// After a pause the first call does not wait.
func TestFirstCallAfterAPause(t *testing.T) {
	inVirtualTime(t, pace.Config{Account: 1, Apps: map[string]float64{"app1": 1}}, func(f *fleet) {
		f.add(2)
		for i := range 5 {
			time.Sleep(10 * time.Minute)
			start := f.now()
			if !f.workers[i%2].take(context.Background(), "app1", i%2 == 0, 1) {
				t.Fatal("no token")
			}
			if waited := f.now() - start; i > 0 && waited > 0 {
				t.Errorf("call %d waited for %s", i, waited)
			}
		}
	})
}

// Where nothing limits, Take gives all that is asked for at once, without Run
// and without a bucket.
func TestNoLimit(t *testing.T) {
	p, err := pace.New(pace.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.Limits("app1") {
		t.Error("an app is limited")
	}
	got, err := p.Take(t.Context(), "app1", false, 256)
	if err != nil || got.N != 256 {
		t.Errorf("took %d, %v", got.N, err)
	}
	p.Return("app1", got, 3)
}
