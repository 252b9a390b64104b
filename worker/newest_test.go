package worker

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/queue"
)

func TestNewestKey(t *testing.T) {
	job := func(appID, to string) schema.Job { return schema.Job{AppID: appID, To: redact.NewPhone(to)} }
	one := &newest{secret: redact.NewSecret("one")}
	key := one.key(job("app1", "8613800138000"))
	if again := one.key(job("app1", "8613800138000")); again != key {
		t.Errorf("%s, then %s", key, again)
	}
	if !strings.HasPrefix(key, "app1.") || strings.Contains(key, "138001") {
		t.Errorf("key %s", key)
	}
	for name, other := range map[string]string{
		"another number": one.key(job("app1", "8613800138001")),
		"another app":    strings.Replace(one.key(job("app2", "8613800138000")), "app2", "app1", 1),
		"another secret": (&newest{secret: redact.NewSecret("two")}).key(job("app1", "8613800138000")),
	} {
		if other == key {
			t.Errorf("%s has the same key", name)
		}
	}
}

// A silent bucket answers nobody while silence holds, in its own good time.
type silentBucket struct{ asked int }

func (b *silentBucket) Get(ctx context.Context, _ string) (queue.Listed, error) {
	b.asked++
	<-ctx.Done()
	return queue.Listed{}, ctx.Err()
}

func (b *silentBucket) Put(ctx context.Context, _ string, _ queue.Listed) error {
	_, err := b.Get(ctx, "")
	return err
}

// One job in five seconds waits for a silent bucket, for a second; the others go on
// at once.
func TestSilentBucketDelaysOneJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bucket := &silentBucket{}
		w := &Worker{cfg: DefaultConfig(), log: slog.New(slog.DiscardHandler)}
		w.newest = newNewest(nil, redact.NewSecret("s"), w.log)
		w.newest.bucket = bucket
		start := time.Now()
		for range 100 {
			d := &delivery{count: 1, seq: 1, lease: time.Now().Add(28 * time.Second)}
			if _, over := w.supersede(t.Context(), d); over || w.overtaken(t.Context(), d) {
				t.Fatal("superseded by nobody")
			}
			time.Sleep(100 * time.Millisecond)
		}
		if waited := time.Since(start) - 10*time.Second; bucket.asked != 2 || waited != 2*time.Second {
			t.Errorf("asked %d times, waited %s in 10 s", bucket.asked, waited)
		}
	})
}

// A delivery that is nearly lost is not kept longer.
func TestShortLeaseIsNotSpentOnTheBucket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &Worker{cfg: DefaultConfig(), log: slog.New(slog.DiscardHandler)}
		for spare, most := range map[time.Duration]time.Duration{time.Hour: time.Second, time.Second: time.Second / 2, 80 * time.Millisecond: 0, -time.Second: 0} {
			w.newest = newNewest(nil, redact.NewSecret("s"), w.log)
			w.newest.bucket = &silentBucket{}
			start := time.Now()
			w.supersede(t.Context(), &delivery{count: 1, seq: 1, lease: start.Add(w.cfg.CallTimeout + spare)})
			if waited := time.Since(start); waited != most {
				t.Errorf("waited %s with %s to spare", waited, spare)
			}
		}
	})
}

// The log has it when the bucket fails and when it works again, not for each job,
// and at most once a minute.
func TestNewestTellsChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		n := newNewest(nil, redact.NewSecret("s"), slog.New(slog.NewTextHandler(&log, nil)))
		failed := errors.New("away")
		hear := func(want int, errs ...error) {
			t.Helper()
			for _, err := range errs {
				n.heard(t.Context(), err)
			}
			if got := strings.Count(log.String(), "\n"); got != want {
				t.Errorf("%d lines, want %d:\n%s", got, want, log.String())
			}
		}
		hear(0, nil, nil)
		hear(1, failed, failed, failed)
		hear(1, nil, failed, nil)
		time.Sleep(newestTold)
		hear(2, nil, nil)
		time.Sleep(newestTold)
		hear(3, failed, nil)
		time.Sleep(newestTold)
		hear(4, nil)
		stopped, stop := context.WithCancel(t.Context())
		stop()
		time.Sleep(newestTold)
		n.heard(stopped, context.Canceled)
		hear(4)
		if text := log.String(); strings.Count(text, "level=WARN") != 2 || !strings.Contains(text, "away") {
			t.Error(text)
		}
	})
}

// Nobody waits for a job that is not listed, whatever becomes of it.
func TestRollWithoutTheUnclear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &Worker{cfg: DefaultConfig(), newest: newNewest(nil, redact.NewSecret("s"), slog.New(slog.DiscardHandler))}
		w.newest.open = func(context.Context) (newestBucket, error) { return nil, errors.New("away") }
		for _, open := range []bool{true, false} {
			r := w.newRoll()
			d, other := &delivery{open: open, seat: r.join(), lease: time.Now().Add(time.Minute)}, r.join()
			r.end()
			start := time.Now()
			w.supersede(t.Context(), d)
			other.last(t.Context(), "a", queue.Listed{Seq: 1})
			if waited := time.Since(start); waited != 0 {
				t.Errorf("open %v: waited %s", open, waited)
			}
		}
	})
}

func TestRoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &Worker{newest: newNewest(nil, redact.NewSecret("s"), nil)}
		r := w.newRoll()
		slow, older, newer, stranger := r.join(), r.join(), r.join(), r.join()
		r.end()
		last := make(chan uint64, 2)
		start := time.Now()
		go func() { last <- older.last(t.Context(), "a", queue.Listed{Seq: 1}).Seq }()
		synctest.Wait()
		go func() { last <- newer.last(t.Context(), "a", queue.Listed{Seq: 2}).Seq }()
		stranger.leave()
		stranger.leave()
		if a, b := <-last, <-last; a != 2 || b != 2 || time.Since(start) != rollPatience {
			t.Errorf("%d and %d after %s", a, b, time.Since(start))
		}
		if got := slow.last(t.Context(), "b", queue.Listed{Seq: 3}).Seq; got != 3 || time.Since(start) != rollPatience {
			t.Errorf("%d after %s", got, time.Since(start))
		}
		off := (&Worker{}).newRoll()
		seat := off.join()
		off.end()
		seat.leave()
		if seat != nil || seat.last(t.Context(), "a", queue.Listed{Seq: 4}).Seq != 4 {
			t.Error("without a roll nobody waits")
		}
	})
}
