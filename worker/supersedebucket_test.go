package worker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// Switched off, or without the bucket, all are sent, those pulled together too.
func TestNewerCancelsNothing(t *testing.T) {
	for name, change := range map[string]func(*rig){
		"switched off": func(r *rig) { r.setup.worker.Supersede = false },
		"no bucket":    func(r *rig) { r.dropBucket() },
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, superseding, func(t *testing.T, r *rig) {
				p := refusing(map[string]error{"old": appFull})
				change(r)
				r.publish(job("a", "8613800138001"), job("b", "8613800138001"))
				r.startWorkerWith(p)
				r.publish(job("old", goodNumber))
				r.awaitAttempt("old")
				r.publish(job("new", goodNumber))
				r.wants(&p.desk, map[string]string{"a": sent, "b": sent, "old": sent, "new": sent})
				if name == "switched off" && r.writes() != 0 {
					t.Errorf("%d writes", r.writes())
				}
			})
		})
	}
}

// A bucket that goes and comes back.
func TestNewestBucketComesBack(t *testing.T) {
	inVirtualTime(t, superseding, func(t *testing.T, r *rig) {
		p := refusing(map[string]error{"old": appFull, "old-2": appFull})
		r.startWorkerWith(p)
		time.Sleep(time.Second)
		r.dropBucket()
		r.publish(job("old", goodNumber))
		r.awaitAttempt("old")
		r.publish(job("new", goodNumber))
		ends := map[string]string{"old": sent, "new": sent}
		r.wants(&p.desk, ends)
		r.js(func(js jetstream.JetStream) error {
			_, err := js.CreateKeyValue(t.Context(), queue.DefaultConfig().Newest())
			return err
		})
		time.Sleep(10 * time.Second)
		r.publish(job("old-2", goodNumber))
		r.awaitAttempt("old-2")
		r.publish(job("new-2", goodNumber))
		ends["old-2"], ends["new-2"] = superseded, sent
		r.wants(&p.desk, ends)
	})
}

func (r *rig) dropBucket() {
	r.t.Helper()
	r.js(func(js jetstream.JetStream) error { return js.DeleteKeyValue(r.t.Context(), schema.BucketNewest) })
}

// writes counts what was ever written to the bucket.
func (r *rig) writes() (n uint64) {
	r.t.Helper()
	r.js(func(js jetstream.JetStream) error {
		stream, err := js.Stream(r.t.Context(), "KV_"+schema.BucketNewest)
		if err == nil {
			n = stream.CachedInfo().State.LastSeq
		}
		return err
	})
	return n
}

func (r *rig) js(use func(jetstream.JetStream) error) {
	r.t.Helper()
	nc := r.raw()
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err == nil {
		err = use(js)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// A stream that was made anew counts from 1 again: what is known of the one before
// cancels nothing.
func TestNewestOfAnotherStream(t *testing.T) {
	inVirtualTime(t, superseding, func(t *testing.T, r *rig) {
		p := &desk{}
		r.startWorkerWith(p)
		for i := range 3 {
			r.publish(job(fmt.Sprintf("j%d", i), goodNumber))
			r.await(i+1, time.Minute)
		}
		r.stopWorker()
		r.js(func(js jetstream.JetStream) error {
			if err := js.DeleteStream(t.Context(), schema.StreamJobs); err != nil {
				return err
			}
			_, err := js.CreateStream(t.Context(), queue.DefaultConfig().Streams()[0])
			return err
		})
		time.Sleep(5 * time.Second)
		r.publish(job("j3", goodNumber))
		r.startWorkerWith(p)
		r.wants(p, map[string]string{"j0": sent, "j1": sent, "j2": sent, "j3": sent})
	})
}

// Neither code nor number stands in the bucket, and a number that is known does not
// give its key away.
func TestNewestKeepsNoNumber(t *testing.T) {
	inVirtualTime(t, superseding, func(t *testing.T, r *rig) {
		p := &desk{}
		r.startWorkerWith(p)
		r.publish(job("j1", goodNumber))
		r.wants(p, map[string]string{"j1": sent})
		r.js(func(js jetstream.JetStream) error {
			kv, err := js.KeyValue(t.Context(), schema.BucketNewest)
			if err != nil {
				return err
			}
			keys, err := kv.Keys(t.Context())
			if err != nil || len(keys) != 1 {
				return fmt.Errorf("keys %v: %w", keys, err)
			}
			entry, err := kv.Get(t.Context(), keys[0])
			if err == nil && (len(keys[0]) != len("app1.")+32 || string(entry.Value()) != "1 j1") {
				t.Errorf("%s is %s", keys[0], entry.Value())
			}
			return err
		})
	})
}
