package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/otpworker/otpworker/worker/queue"
)

// heard collects what comes on a subject.
func (r *rig) heard(subject string) func() []string {
	r.t.Helper()
	var mu sync.Mutex
	var all []string
	if _, err := r.queue.Conn().Subscribe(subject, func(m *nats.Msg) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, string(m.Data))
	}); err != nil {
		r.t.Fatal(err)
	}
	return func() []string {
		time.Sleep(time.Second) // virtual: all that was published has come
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

// What waits for somebody else to publish it is published in its order, with the
// data that it had when it was handed over.
func TestToldLaterIsToldAsItWas(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		heard := r.heard("told")
		release := r.queue.HoldBack()
		data := []byte("message 0")
		var want []string
		for i := range 5 {
			data[len(data)-1] = byte('0' + i)
			want = append(want, string(data))
			if err := r.queue.Tell("told", data); err != nil {
				t.Fatal(err)
			}
		}
		clear(data)
		if got := heard(); len(got) != 0 {
			t.Fatalf("published while somebody was at it: %q", got)
		}
		release()
		if got := heard(); !slices.Equal(got, want) {
			t.Errorf("heard %q, want %q", got, want)
		}
		if err := r.queue.Tell("told", []byte("alone")); err != nil {
			t.Fatal(err)
		}
		if got := heard(); got[len(got)-1] != "alone" {
			t.Errorf("afterwards nobody publishes: %q", got)
		}
		if n := r.queue.Places(); n != 5 {
			t.Errorf("%d places for at most 5 messages at once", n)
		}
	})
}

// A request that was given up before it was published keeps its place until then:
// the place's next request would change its message.
func TestGivenUpBeforePublished(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		heard := r.heard("echo")
		r.answering("echo", func(s string) []string { return []string{s} })
		release := r.queue.HoldBack()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := r.queue.Ask(ctx, "echo", "given up"); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		var waiting sync.WaitGroup
		for i := range 3 {
			waiting.Go(func() {
				want := fmt.Sprint("request ", i)
				if got, err := r.queue.Ask(t.Context(), "echo", want); got != want || err != nil {
					t.Errorf("got %q, %v; want %q", got, err, want)
				}
			})
		}
		synctest.Wait()
		release()
		waiting.Wait()
		got := heard()
		slices.Sort(got)
		if want := []string{"given up", "request 0", "request 1", "request 2"}; !slices.Equal(got, want) {
			t.Errorf("heard %q, want %q", got, want)
		}
		if n := r.queue.Places(); n != 4 {
			t.Errorf("%d places, want 4", n)
		}
	})
}

// One timer ends all requests, each at its time.
func TestEachRequestEndsAtItsTime(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		r.answering("deaf", func(string) []string { return nil })
		start := time.Now()
		var waiting sync.WaitGroup
		for _, after := range []time.Duration{4 * time.Second, time.Second, 3 * time.Second, 2 * time.Second, time.Second} {
			ctx, limited := queue.Until(t.Context(), start.Add(after))
			waiting.Go(func() {
				defer limited.Release()
				if _, err := r.queue.Ask(ctx, "deaf", "x"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != after {
					t.Errorf("%v after %v, want %v", err, time.Since(start), after)
				}
			})
			synctest.Wait() // the longest is there first
		}
		waiting.Wait()
		start = time.Now()
		if _, err := r.queue.Ask(t.Context(), "deaf", "x"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 5*time.Second {
			t.Errorf("%v after %v, and no deadline", err, time.Since(start))
		}
	})
}
