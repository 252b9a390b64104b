package worker

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
)

// hooks is what a job that is sent goes through in this file.
func hooks(w *Worker, d *delivery) {
	ctx := w.follow(context.Background(), d)
	w.tell(d.event(Event{Kind: KindClaimed}))
	ctx = d.step(ctx, KindAttempt)
	ctx = d.step(ctx, KindResult)
	for range 2 {
		began := w.stopwatch()
		w.timed(OpAck, began, ctx.Err())
	}
	_ = w.logOf(d)
	w.left(d)
}

// With nobody to tell, watching a job costs no allocation and next to no time.
func TestWatchingNobodyCostsNothing(t *testing.T) {
	w, d := &Worker{}, &delivery{lane: schema.LaneBatch}
	if n := testing.AllocsPerRun(1000, func() { hooks(w, d) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if !d.began.IsZero() || !w.stopwatch().IsZero() {
		t.Error("the clock was read")
	}
	if b := (bucket)(nil); w.timedBucket(b) != b {
		t.Error("the ledger is wrapped")
	}
}

func BenchmarkWatchingNobody(b *testing.B) {
	w, d := &Worker{}, &delivery{lane: schema.LaneBatch}
	b.ReportAllocs()
	for b.Loop() {
		hooks(w, d)
	}
}

func TestHeldFor(t *testing.T) {
	w := &Worker{table: newTable(nil)}
	for _, c := range []struct {
		next decision
		want string
	}{
		{decision{do: retry, status: "-10"}, ""},
		{decision{do: reconcile}, ""},
		{decision{do: hold, status: "-10"}, "account"},
		{decision{do: hold, status: "-27"}, "app"},
		{decision{do: hold, status: "-18"}, "provider"},
		{decision{do: hold, reason: reasonNotSent}, "provider"},
		{decision{do: hold, reason: reasonHTTP4xx}, "account"},
		{decision{do: hold, reason: reasonRateLimited}, "rate"},
		{decision{do: hold, reason: reasonLedgerDown}, "ledger"},
		{decision{do: hold, reason: reasonBatchPaused}, "batch"},
		// A paused batch's job that was refused before is held by its batch.
		{decision{do: hold, reason: reasonBatchPaused, status: "-27"}, "batch"},
	} {
		if got := w.heldFor(c.next); got != c.want {
			t.Errorf("%+v: %q, want %q", c.next, got, c.want)
		}
	}
}

// What is left alone is the lease's doing.
func TestNotOursIsAGuard(t *testing.T) {
	var seen []Event
	cfg := DefaultConfig()
	cfg.Observe = func(e Event) { seen = append(seen, e) }
	w := &Worker{cfg: cfg, log: slog.New(slog.DiscardHandler)}
	w.notOurs(&delivery{job: schema.Job{ID: "j1"}})
	if len(seen) != 1 || seen[0].Kind != KindGuard || seen[0].Guard != GuardLease || seen[0].JobID != "j1" || seen[0].Time.IsZero() {
		t.Errorf("events %+v", seen)
	}
}

func TestTimed(t *testing.T) {
	var seen []Event
	cfg := DefaultConfig()
	cfg.Observe = func(e Event) { seen = append(seen, e) }
	w := &Worker{cfg: cfg}
	failed := errors.New("failed")
	w.timed(OpPublish, w.stopwatch().Add(-time.Second), failed)
	if len(seen) != 1 || seen[0].Op != OpPublish || seen[0].Took < time.Second || !errors.Is(seen[0].Err, failed) {
		t.Errorf("events %+v", seen)
	}
}
