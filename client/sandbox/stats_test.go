package sandbox_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client/sandbox"
)

func TestStats(t *testing.T) {
	inBubble(t, sandbox.Config{Latency: time.Second}, func(t *testing.T, b bundle) {
		b.Expect("late", time.Now().Add(1500*time.Millisecond))
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() { b.send(fmt.Sprint("o-", i), phone) })
		}
		synctest.Wait()
		if got := b.Stats().InFlight; got != 5 {
			t.Errorf("%d in flight", got)
		}
		wg.Wait()
		b.send("late", phone) // at 1s, in time
		b.send("late", phone) // at 2s, a repeat and late
		b.send("x", "15552800001")
		b.record(t, "x")
		want := sandbox.Stats{
			Calls: 8, Records: 1, Accepted: 7, Repeats: 1, Late: 1, Expected: 1,
			Refused: map[string]int64{"-28": 1}, MaxConcurrent: 5,
		}
		synctest.Wait()
		if diff := cmp.Diff(want, b.Stats()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSendAtTheExpiryIsLate(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		b.Expect("o", time.Now())
		b.send("o", phone)
		if got := b.Stats().Late; got != 1 {
			t.Errorf("%d late", got)
		}
	})
}

func TestRefuseRepeats(t *testing.T) {
	inBubble(t, sandbox.Config{RefuseRepeats: true}, func(t *testing.T, b bundle) {
		for i, want := range []string{"accepted", "refused 200 -20"} {
			if got := b.send("o", phone); got != want {
				t.Errorf("call %d: %s", i+1, got)
			}
			if got := b.send("", phone); got != "accepted" {
				t.Errorf("without an orderId: %s", got)
			}
		}
		b.SetFault(sandbox.Fault{CutBody: true, Accept: true})
		b.send("o", phone)
		if got := b.Stats(); got.Accepted != 3 || got.Repeats != 0 {
			t.Errorf("%+v", got)
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	inBubble(t, sandbox.Config{MaxSends: 3}, func(t *testing.T, b bundle) {
		for _, id := range []string{"a", "b", "a", "c", "d", "d", "d", "d"} {
			b.send(id, phone)
		}
		for id, want := range map[string]int{"a": 0, "b": 0, "c": 0, "d": 3} {
			if got := len(b.Sends(id)); got != want {
				t.Errorf("%s: %d sends remembered, want %d", id, got, want)
			}
		}
		for i := range 10 {
			b.Expect(fmt.Sprint("o-", i%5), time.Now())
		}
		if got := b.Stats().Expected; got != 3 {
			t.Errorf("%d expiries remembered, want 3", got)
		}
		for i := range 100 {
			b.SetFault(sandbox.Fault{Status: fmt.Sprint(-1000 - i)})
			b.send("e", phone)
		}
		refused := b.Stats().Refused
		if len(refused) > 65 || refused["other"] != 36 {
			t.Errorf("%d statuses told apart, %d others", len(refused), refused["other"])
		}
	})
}
