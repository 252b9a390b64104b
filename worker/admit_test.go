package worker

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// While open nobody is admitted; half-open one probe at a time, whoever asks;
// then all.
func TestAdmit(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, h *holds, _ func() []string) {
		probe, release, err := h.admit(t.Context())
		if probe || err != nil {
			t.Fatalf("closed: probe %v, %v", probe, err)
		}
		release()
		h.calls(t, 5, vUnreachable)
		start := time.Now()
		type admitted struct {
			lane    int
			probe   bool
			after   time.Duration
			release func()
		}
		in := make(chan admitted)
		ask := func(lane int) {
			probe, release, err := h.admit(t.Context())
			if err != nil {
				t.Error(err)
			}
			in <- admitted{lane, probe, time.Since(start).Truncate(10 * time.Millisecond), release}
		}
		for lane := range 2 {
			go ask(lane)
		}
		first := <-in
		if !first.probe || first.after != DefaultConfig().BreakerOpen {
			t.Errorf("first admitted after %s, probe %v", first.after, first.probe)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		select {
		case second := <-in:
			t.Errorf("a second one beside the probe, after %s", second.after)
		default:
		}
		first.release()
		second := <-in // its turn: the first found nothing to probe with
		if !second.probe || second.lane == first.lane {
			t.Errorf("second: lane %d, probe %v", second.lane, second.probe)
		}
		go ask(first.lane)
		synctest.Wait()
		h.calls(t, 1, vAccepted)
		second.release()
		if third := <-in; third.probe {
			t.Error("a probe though the breaker is closed")
		}
		for range 100 {
			if probe, _, err := h.admit(t.Context()); probe || err != nil {
				t.Fatalf("closed: probe %v, %v", probe, err)
			}
		}
	})
}

func TestAdmitEndsWithItsContext(t *testing.T) {
	for name, wait := range map[string]time.Duration{"open": time.Second, "half-open": 6 * time.Second} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, h *holds, _ func() []string) {
				h.calls(t, 5, vUnreachable)
				h.probe <- struct{}{} // another lane's
				ctx, cancel := context.WithTimeout(t.Context(), wait)
				defer cancel()
				start := time.Now()
				if _, _, err := h.admit(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != wait {
					t.Errorf("%v after %s", err, time.Since(start))
				}
			})
		})
	}
}
