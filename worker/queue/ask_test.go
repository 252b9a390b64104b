package queue_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/otpworker/otpworker/worker/queue"
)

// answering has a responder that answers each request with what answer makes of
// its data, as often as that gives something.
func (r *rig) answering(subject string, answer func(data string) []string) {
	r.t.Helper()
	if _, err := r.queue.Conn().Subscribe(subject, func(m *nats.Msg) {
		for _, a := range answer(string(m.Data)) {
			_ = m.Respond([]byte(a))
		}
	}); err != nil {
		r.t.Fatal(err)
	}
}

func TestAskGetsItsOwnAnswer(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		r.answering("echo", func(s string) []string { return []string{s} })
		var asking sync.WaitGroup
		for i := range 50 {
			asking.Go(func() {
				for j := range 20 {
					want := fmt.Sprint(i, "/", j)
					if got, err := r.queue.Ask(t.Context(), "echo", want); got != want || err != nil {
						t.Errorf("asked %s, got %q, %v", want, got, err)
					}
				}
			})
		}
		asking.Wait()
		// A place whose answer has come is kept until all are published that went
		// out with it, and the next request takes another.
		if n := r.queue.Places(); n == 0 || n > 2*50 {
			t.Errorf("%d places for at most 50 requests at once", n)
		}
	})
}

// A place is used again: what comes late, or twice, is nobody's answer.
func TestLateAnswerIsNobodys(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		r.answering("slow", func(s string) []string { time.Sleep(2 * time.Second); return []string{"late"} })
		r.answering("twice", func(s string) []string { return []string{s, "again"} })
		r.answering("fine", func(s string) []string { time.Sleep(3 * time.Second); return []string{s} })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if got, err := r.queue.Ask(ctx, "slow", "a"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %q, %v", got, err)
		}
		if got, err := r.queue.Ask(t.Context(), "fine", "b"); got != "b" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		if got, err := r.queue.Ask(t.Context(), "twice", "c"); got != "c" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		if got, err := r.queue.Ask(t.Context(), "fine", "d"); got != "d" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		if n := r.queue.Places(); n != 1 {
			t.Errorf("%d places for one request at a time", n)
		}
	})
}

func TestAskEnds(t *testing.T) {
	never := func(ctx context.Context) (context.Context, func()) { return ctx, func() {} }
	inVirtualTime(t, func(t *testing.T, r *rig) {
		r.answering("deaf", func(string) []string { return nil })
		for _, tc := range []struct {
			name, subject string
			end           func(context.Context) (context.Context, func())
			want          error
			after         time.Duration
		}{
			{"nobody listens", "nobody", never, nats.ErrNoResponders, 0},
			{"no subject", "deaf ears", never, nats.ErrBadSubject, 0},
			{"no deadline", "deaf", never, context.DeadlineExceeded, 5 * time.Second},
			{"a deadline", "deaf", func(ctx context.Context) (context.Context, func()) {
				ctx, limited := queue.Until(ctx, time.Now().Add(2*time.Second))
				return ctx, limited.Release
			}, context.DeadlineExceeded, 2 * time.Second},
			{"a deadline that is over", "deaf", func(ctx context.Context) (context.Context, func()) {
				ctx, limited := queue.Until(ctx, time.Now())
				return ctx, limited.Release
			}, context.DeadlineExceeded, 0},
			{"an end", "deaf", func(ctx context.Context) (context.Context, func()) {
				ctx, cancel := context.WithCancel(ctx)
				stop := time.AfterFunc(time.Second, cancel).Stop
				ctx, limited := queue.Until(ctx, time.Now().Add(2*time.Second))
				return ctx, func() { limited.Release(); stop() }
			}, context.Canceled, time.Second},
		} {
			start := time.Now()
			ctx, release := tc.end(t.Context())
			_, err := r.queue.Ask(ctx, tc.subject, "x")
			release()
			if !errors.Is(err, tc.want) || time.Since(start) != tc.after {
				t.Errorf("%s: %v after %v", tc.name, err, time.Since(start))
			}
		}
	})
}

// A connection that breaks ends what waits: the answers will not come.
func TestAskHearsOfTheEnd(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		r.answering("deaf", func(string) []string { return nil })
		time.AfterFunc(time.Second, r.queue.Conn().Close)
		start := time.Now()
		_, err := r.queue.Ask(t.Context(), "deaf", "x")
		if !errors.Is(err, nats.ErrDisconnected) || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}
