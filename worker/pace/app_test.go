package pace_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker/pace"
)

// The account's rate and the apps' hold at the same time, and what one app
// cannot use the others get.
func TestAppsKeepTheirRates(t *testing.T) {
	const length = 25 * time.Second
	type rates = map[string]float64
	for _, c := range []struct {
		name    string
		account float64
		apps    rates
		want    []string
		// gets is what a scope gets; "" is the account.
		gets rates
	}{
		{"no account limit", 0, rates{"a": 50, "b": 5}, []string{"a", "b"}, rates{"a": 50, "b": 5}},
		{"the account is no bottleneck", 200, rates{"a": 60, "b": 1}, []string{"a", "b"}, rates{"a": 60, "b": 1}},
		{"an app as fast as the account", 100, rates{"a": 100}, []string{"a"}, rates{"a": 100, "": 100}},
		{"the account is the bottleneck", 100, rates{"a": 80, "b": 80}, []string{"a", "b"}, rates{"": 100}},
		{"one app has no limit", 100, rates{"a": 20}, []string{"a", "c"}, rates{"a": 20, "": 100}},
		{"a slow app beside a fast one", 300, rates{"a": 0.5, "b": 120}, []string{"a", "b", "c"}, rates{"a": 0.5, "b": 120, "": 300}},
	} {
		for _, workers := range []int{1, 3, 10} {
			t.Run(fmt.Sprintf("%s, %d workers", c.name, workers), func(t *testing.T) {
				inVirtualTime(t, pace.Config{Account: c.account, Apps: c.apps}, func(f *fleet) {
					for _, w := range f.add(workers) {
						for _, app := range c.want {
							w.want(load{app: app, most: 64})
						}
					}
					time.Sleep(length)
					f.stop()
					for app, rate := range c.gets {
						f.keeps(app, rate, 5*time.Second, length)
					}
					f.talksLittle(length)
				})
			})
		}
	}
}

// An app that wants everything leaves another its part.
func TestAppsShareTheAccount(t *testing.T) {
	inVirtualTime(t, pace.Config{Account: 100}, func(f *fleet) {
		for _, w := range f.add(3) {
			for range 10 {
				w.want(load{app: "large", most: 64})
			}
			w.want(load{app: "small", every: time.Second})
		}
		time.Sleep(20 * time.Second)
		f.stop()
		for _, x := range of(f.takes, "small") {
			if x.at > 3*time.Second && x.waited > 2500*time.Millisecond {
				t.Errorf("the small app waited for %s", x.waited)
			}
		}
		if n := len(of(f.takes, "small")); n < 20 {
			t.Errorf("the small app got %d tokens in 20 s", n)
		}
	})
}

// However many apps have a rate, a worker writes for all of them at once.
func TestManyAppsFewWrites(t *testing.T) {
	const length = 20 * time.Second
	apps := map[string]float64{}
	for i := range 40 {
		apps[fmt.Sprint("app", i)] = 1 + float64(i)/3
	}
	inVirtualTime(t, pace.Config{Apps: apps}, func(f *fleet) {
		for _, w := range f.add(2) {
			for app := range apps {
				w.want(load{app: app, most: 64})
			}
		}
		time.Sleep(length)
		f.stop()
		for app, rate := range apps {
			high, low := bounds(rate)
			if takes := of(f.takes, app); most(takes) > high || least(takes, 5*time.Second, length) < low {
				t.Errorf("%s: %d to %d in 10 s, want %d to %d", app, least(takes, 5*time.Second, length), most(takes), low, high)
			}
		}
		f.talksLittle(length)
	})
}
