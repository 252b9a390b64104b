package queue_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// spring is a batch of n rows.
func spring(n uint64) queue.Batch { return queue.Batch{ID: "spring", AppID: "app1", Rows: n} }

func (r *rig) create(b queue.Batch) queue.Batch {
	r.t.Helper()
	made, err := r.queue.CreateBatch(r.t.Context(), b)
	if err != nil {
		r.t.Fatal(err)
	}
	return made
}

func TestBatchRecord(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		q, ctx := r.queue, t.Context()
		if _, err := q.Batch(ctx, "spring"); !errors.Is(err, queue.ErrNoBatch) {
			t.Errorf("before: %v", err)
		}
		made := r.create(spring(10))
		if made.State != queue.BatchOpen || made.Revision == 0 || !made.CreatedAt.Equal(time.Now()) {
			t.Errorf("made %+v", made)
		}
		if _, err := q.CreateBatch(ctx, spring(10)); !errors.Is(err, queue.ErrBatchExists) {
			t.Errorf("created twice: %v", err)
		}
		time.Sleep(time.Second)
		first := made
		first.Published, first.LastSeq = 4, 4
		first, err := q.UpdateBatch(ctx, first)
		if err != nil || !first.CheckpointAt.Equal(time.Now()) {
			t.Errorf("updated: %+v, %v", first, err)
		}
		late := made
		late.Published = 9
		if _, err := q.UpdateBatch(ctx, late); !errors.Is(err, queue.ErrBatchChanged) {
			t.Errorf("updated over somebody else's change: %v", err)
		}
		time.Sleep(time.Second)
		moved, err := q.ChangeBatch(ctx, "spring", func(b *queue.Batch) error { return b.Move(queue.BatchPaused) })
		if err != nil || moved.Published != 4 || !moved.CheckpointAt.Equal(first.CheckpointAt) || !moved.UpdatedAt.Equal(time.Now()) {
			t.Errorf("paused: %+v, %v", moved, err)
		}
		if found, err := q.Batch(ctx, "spring"); err != nil || found.State != queue.BatchPaused || found.Revision != moved.Revision {
			t.Errorf("found %+v, %v", found, err)
		}
	})
}

// An update that names an old revision is refused by the broker itself.
func TestUpdateBatchByTwo(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.create(spring(1000))
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				_, err := r.queue.ChangeBatch(t.Context(), "spring", func(b *queue.Batch) error {
					b.Published++
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if b, err := r.queue.Batch(t.Context(), "spring"); err != nil || b.Published != 5 {
			t.Errorf("%d of 5 changes are left, %v", b.Published, err)
		}
	})
}

func TestCreateBatchWithoutQueue(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		if _, err := r.queue.CreateBatch(t.Context(), spring(1)); !errors.Is(err, queue.ErrNoQueue) {
			t.Errorf("got %v", err)
		}
	})
}

func TestBatchInvalid(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		for field, b := range map[string]queue.Batch{
			"id":        {ID: strings.Repeat("b", 49), AppID: "app1", Rows: 1},
			"appId":     {ID: "spring", AppID: "a.b", Rows: 1},
			"rows":      {ID: "spring", AppID: "app1"},
			"state":     {ID: "spring", AppID: "app1", Rows: 1, State: "over"},
			"published": {ID: "spring", AppID: "app1", Rows: 1, Published: 2},
			"digest":    {ID: "spring", AppID: "app1", Rows: 1, Digest: strings.Repeat("d", 129)},
		} {
			_, err := r.queue.CreateBatch(t.Context(), b)
			if faults, _ := errors.AsType[schema.Faults](err); len(faults) != 1 || !faults.On(field) {
				t.Errorf("%s: got %v", field, err)
			}
		}
	})
}

// What is left of an earlier batch would be counted for the new one.
func TestCreateBatchAfterAnother(t *testing.T) {
	for what, leave := range map[string]func(*rig){
		"jobs":    func(r *rig) { r.publishTo(schema.BatchJobSubject("app1", "spring")) },
		"results": func(r *rig) { r.batchResult(1, schema.OutcomeSent, "sent") },
		"the end": func(r *rig) {
			if _, err := r.js().Publish(r.t.Context(), schema.BatchEventSubject("app1", "spring"), []byte("{}")); err != nil {
				r.t.Fatal(err)
			}
		},
	} {
		t.Run(what, func(t *testing.T) {
			provisioned(t, func(t *testing.T, r *rig) {
				leave(r)
				if _, err := r.queue.CreateBatch(t.Context(), spring(1)); !errors.Is(err, queue.ErrBatchExists) || !strings.Contains(err.Error(), what) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestMoveBatch(t *testing.T) {
	for _, c := range []struct {
		from, to queue.BatchState
		ended    bool
		good     bool
	}{
		{queue.BatchOpen, queue.BatchPaused, false, true},
		{queue.BatchPaused, queue.BatchOpen, false, true},
		{queue.BatchPaused, queue.BatchPaused, false, true},
		{queue.BatchOpen, queue.BatchCancelled, false, true},
		{queue.BatchPaused, queue.BatchCancelled, false, true},
		{queue.BatchCancelled, queue.BatchCancelled, false, true},
		{queue.BatchCancelled, queue.BatchOpen, true, false},
		{queue.BatchFinished, queue.BatchCancelled, true, false},
		{queue.BatchFinished, queue.BatchFinished, true, false},
		{queue.BatchOpen, queue.BatchFinished, false, false},
	} {
		b := queue.Batch{ID: "spring", State: c.from, Cancelled: c.from == queue.BatchCancelled}
		err := b.Move(c.to)
		if (err == nil) != c.good || errors.Is(err, queue.ErrBatchEnded) != c.ended {
			t.Errorf("%s to %s: %v", c.from, c.to, err)
		}
		if c.good && (b.State != c.to || b.Cancelled != (c.to == queue.BatchCancelled)) {
			t.Errorf("%s to %s: is %s, cancelled %v", c.from, c.to, b.State, b.Cancelled)
		}
	}
}

func TestBatches(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		if all, err := r.queue.Batches(t.Context()); len(all) != 0 || err != nil {
			t.Errorf("none: %v, %v", all, err)
		}
		for _, id := range []string{"winter", "autumn", "summer"} {
			r.create(queue.Batch{ID: id, AppID: "app1", Rows: 1})
			time.Sleep(time.Second)
		}
		kv, err := r.js().KeyValue(t.Context(), schema.BucketBatches)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(kv.Delete(t.Context(), "autumn")); err != nil {
			t.Fatal(err)
		}
		if _, err := kv.PutString(t.Context(), "broken", "{"); err != nil {
			t.Fatal(err)
		}
		all, err := r.queue.Batches(t.Context())
		if err != nil || len(all) != 2 || all[0].ID != "winter" || all[1].ID != "summer" || all[1].Revision != 3 {
			t.Errorf("got %+v, %v", all, err)
		}
	})
}

func TestWatchBatches(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.create(spring(1))
		w := r.watch()
		move := func(to queue.BatchState) {
			if _, err := r.queue.ChangeBatch(t.Context(), "spring", func(b *queue.Batch) error { return b.Move(to) }); err != nil {
				t.Fatal(err)
			}
		}
		w.wants(queue.BatchOpen)
		move(queue.BatchPaused)
		w.wants(queue.BatchPaused)
		time.Sleep(20 * time.Minute) // read anew in between
		move(queue.BatchCancelled)
		w.wants(queue.BatchCancelled)
		kv, err := r.js().KeyValue(t.Context(), schema.BucketBatches)
		if err != nil {
			t.Fatal(err)
		}
		if err := kv.Delete(t.Context(), "spring"); err != nil {
			t.Fatal(err)
		}
		w.wants("")
		w.stop()
	})
}

// A bucket that is made later is seen too.
func TestWatchBatchesBeforeTheBucket(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		w := r.watch()
		time.Sleep(time.Minute)
		r.provision(r.queue)
		r.create(spring(1))
		time.Sleep(11 * time.Second)
		w.wants(queue.BatchOpen)
		w.stop()
	})
}

type watched struct {
	t    *testing.T
	mu   sync.Mutex
	seen []queue.Batch
	stop func()
}

func (r *rig) watch() *watched {
	ctx, cancel := withCancel(r.t)
	w, done := &watched{t: r.t}, make(chan error, 1)
	go func() {
		done <- r.queue.WatchBatches(ctx, func(b queue.Batch) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.seen = append(w.seen, b)
		})
	}()
	w.stop = func() {
		cancel()
		if err := <-done; !errors.Is(err, ctx.Err()) {
			r.t.Errorf("watch: %v", err)
		}
	}
	return w
}

// wants fails the test unless the newest that was seen is the batch in a state.
func (w *watched) wants(state queue.BatchState) {
	w.t.Helper()
	time.Sleep(10 * time.Millisecond)
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.seen); n == 0 || w.seen[n-1].ID != "spring" || w.seen[n-1].State != state {
		w.t.Errorf("saw %+v, want %q", w.seen, state)
	}
}
