package queue

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestUntilIsADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, cancel := context.WithCancel(t.Context())
		defer cancel()
		at := time.Now().Add(2 * time.Second)
		outer, limited := Until(parent, at)
		defer limited.Release()
		inner, limited := Until(outer, at.Add(time.Hour))
		defer limited.Release()
		child, stop := context.WithCancel(inner)
		defer stop()
		for name, ctx := range map[string]context.Context{"outer": outer, "inner": inner, "child": child} {
			if d, ok := ctx.Deadline(); !ok || !d.Equal(at) {
				t.Errorf("%s: deadline %v, %v", name, d, ok)
			}
			if ctx.Err() != nil {
				t.Errorf("%s has ended: %v", name, ctx.Err())
			}
		}
		<-child.Done()
		synctest.Wait() // two timers of one moment
		if time.Now() != at {
			t.Errorf("it ended at %v", time.Now())
		}
		for name, ctx := range map[string]context.Context{"outer": outer, "inner": inner, "child": child} {
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				t.Errorf("%s: %v", name, ctx.Err())
			}
		}
	})
}

func TestUntilEndsWithItsParent(t *testing.T) {
	parent, cancel := context.WithCancel(t.Context())
	ctx, limited := Until(parent, time.Now().Add(time.Hour))
	defer limited.Release()
	unwatched, limited := Until(parent, time.Now().Add(time.Hour))
	defer limited.Release()
	done := ctx.Done()
	cancel()
	<-done
	if !errors.Is(ctx.Err(), context.Canceled) || !errors.Is(unwatched.Err(), context.Canceled) {
		t.Errorf("%v, %v", ctx.Err(), unwatched.Err())
	}
	if ended(unwatched) != parent.Done() {
		t.Error("a request does not watch its parent's end")
	}
}
