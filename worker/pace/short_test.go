package pace

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// Calls that wait for most of a second are short of tokens; those that wait a
// moment, or for the end of a pause, are not.
func TestShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pacerOf(t)
		is := func(when string, want bool) {
			t.Helper()
			if got := p.Short(); got != want {
				t.Errorf("%s: short %v", when, got)
			}
		}
		wait := func(d time.Duration) {
			ctx, cancel := context.WithTimeout(t.Context(), d)
			defer cancel()
			if _, err := p.Take(ctx, "app1", false, 1); err == nil {
				t.Error("a token out of nowhere")
			}
		}
		is("at first", false)
		for range 50 {
			wait(10 * time.Millisecond)
			time.Sleep(40 * time.Millisecond)
		}
		is("after moments", false)
		for range 10 {
			wait(190 * time.Millisecond)
			time.Sleep(10 * time.Millisecond)
		}
		is("after seconds", true)
		time.Sleep(2 * time.Second)
		is("with nobody", false)
		go wait(5 * time.Second)
		time.Sleep(2 * time.Second)
		is("during a wait", true)
		p.Slow(2 * time.Second)
		is("during a pause", false)
		time.Sleep(4 * time.Second)
		is("at the end", false)
	})
}
