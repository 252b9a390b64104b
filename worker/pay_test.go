package worker

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/worker/pace"
)

// A slowBucket has the provider ask for a pause while a claim is written.
type slowBucket struct {
	fakeBucket
	pause func()
}

func (b *slowBucket) Put(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	b.pause()
	return b.fakeBucket.Put(ctx, key, value, revision)
}

// A pause that comes between claim and call costs no attempt, and no call is made
// in what is left of its time: that would look like a provider that is down.
func TestPauseAfterTheClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bucket := &slowBucket{}
		w := claimer(&bucket.fakeBucket)
		w.ledger = &ledger{bucket}
		w.cfg.CallTimeout = time.Second
		var err error
		if w.pace, err = pace.New(pace.Config{}, nil); err != nil {
			t.Fatal(err)
		}
		bucket.pause = func() { w.pace.Slow(2 * time.Second) }
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { w.pace.Run(ctx) })
		d, _ := held(10 * time.Second)
		start := time.Now()
		next := w.turn(ctx, d)
		if next.do != hold || next.reason != reasonRateLimited || d.entry.Attempts != 0 {
			t.Errorf("%s (%s), %d attempts", next.do, next.reason, d.entry.Attempts)
		}
		if took := time.Since(start); took > w.cfg.CallTimeout/2 {
			t.Errorf("%s of the call's time were waited away", took)
		}
		stop()
		running.Wait()
	})
}
