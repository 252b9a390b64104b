package worker_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// A job that is queued a second time while it waits is the same job still.
func TestARepeatIsNoNewerJob(t *testing.T) {
	inVirtualTime(t, superseding, func(t *testing.T, r *rig) {
		var open atomic.Bool
		p := &desk{refuse: func(string) error {
			if open.Load() {
				return nil
			}
			return appFull
		}}
		r.startWorkerWith(p)
		j := job("j1", goodNumber)
		j.CreatedAt, j.TTLSeconds = time.Now(), 3600
		r.publish(j)
		time.Sleep(11 * time.Minute) // the broker has forgotten the id
		r.publish(j)
		time.Sleep(time.Minute)
		open.Store(true)
		time.Sleep(10 * time.Minute)
		r.drained()
		for _, e := range r.seen(worker.KindResult, "") {
			if e.Result.Outcome != schema.OutcomeSent {
				t.Errorf("result %s %s", e.Result.Outcome, e.Result.Reason)
			}
		}
		if all, most := p.sent(); all != 1 || most != 1 {
			t.Errorf("%d sends, %d of one order", all, most)
		}
	})
}

// Nor if both are pulled together.
func TestARepeatBesideItsJob(t *testing.T) {
	inVirtualTime(t, superseding, func(t *testing.T, r *rig) {
		p := &desk{}
		var jobs []schema.Job
		ends := map[string]string{}
		for i := range 8 {
			j := job(fmt.Sprintf("j%d", i), fmt.Sprintf("861380013800%d", i))
			j.CreatedAt, j.TTLSeconds = time.Now(), 3600
			jobs, ends[j.ID] = append(jobs, j), sent
		}
		r.publish(jobs...)
		time.Sleep(11 * time.Minute)
		r.publish(jobs...)
		r.startWorkerWith(p)
		time.Sleep(time.Minute) // each finds the other's claim
		r.wants(p, ends)
	})
}

// A repeat of a job that may have been sent shows that only beside a newer one's
// entry: it asks no earlier than others do.
func TestARepeatOfAnUnclearOneAsksInTime(t *testing.T) {
	inVirtualTime(t, superseding, func(t *testing.T, r *rig) {
		p := &desk{}
		r.startWorkerWith(p)
		r.publish(job("new", goodNumber))
		r.await(1, time.Minute)
		r.js(func(js jetstream.JetStream) error {
			kv, err := js.KeyValue(t.Context(), schema.BucketLedger)
			if err == nil {
				_, err = kv.Create(t.Context(), "app1.repeat", []byte(`{"state":"claimed","nonce":"n","worker":"other","attempts":1}`))
			}
			return err
		})
		begin := time.Now()
		r.publish(job("repeat", goodNumber))
		r.wants(p, map[string]string{"new": sent, "repeat": sent})
		if asked := r.seen(worker.KindAsked, "repeat"); len(asked) != 1 || asked[0].Time.Sub(begin) < 18*time.Second {
			t.Errorf("asked %d times, first after %s", len(asked), asked[0].Time.Sub(begin))
		}
	})
}

// A job that comes back finds itself listed, and writes nothing.
func TestListedOnce(t *testing.T) {
	inVirtualTime(t, superseding, func(t *testing.T, r *rig) {
		var calls atomic.Int64
		p := &desk{refuse: func(string) error {
			if calls.Add(1) < 4 {
				return appFull
			}
			return nil
		}}
		r.startWorkerWith(p)
		r.publish(job("j1", goodNumber))
		r.wants(p, map[string]string{"j1": sent})
		if n := r.writes(); n != 1 || calls.Load() != 4 {
			t.Errorf("%d writes, %d calls", n, calls.Load())
		}
	})
}

// Nor does a repeat of one that was sent cancel the one that came after it.
func TestARepeatCancelsNothing(t *testing.T) {
	inVirtualTime(t, superseding, func(t *testing.T, r *rig) {
		var open atomic.Bool
		p := &desk{refuse: func(order string) error {
			if order != "new" || open.Load() {
				return nil
			}
			return appFull
		}}
		r.startWorkerWith(p)
		first, newer := job("first", goodNumber), job("new", goodNumber)
		first.TTLSeconds, newer.TTLSeconds = 3600, 3600
		r.publish(first)
		r.await(1, time.Minute)
		r.publish(newer)
		time.Sleep(11 * time.Minute)
		r.publish(first)
		time.Sleep(10 * time.Second)
		open.Store(true)
		time.Sleep(10 * time.Minute)
		r.drained()
		if all, most := p.sent(); all != 2 || most != 1 {
			t.Errorf("%d sends, %d of one order", all, most)
		}
	})
}
