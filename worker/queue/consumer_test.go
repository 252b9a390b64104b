package queue_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

func (r *rig) lane(name schema.Lane) *queue.Lane {
	r.t.Helper()
	lane, err := r.queue.Lane(r.t.Context(), name)
	if err != nil {
		r.t.Fatal(err)
	}
	return lane
}

// fetch asks for up to n jobs and returns all that came.
func fetch(t *testing.T, lane *queue.Lane, n int) []jetstream.Msg {
	t.Helper()
	batch, err := lane.Fetch(n)
	return all(t, batch, err)
}

func poll(t *testing.T, lane *queue.Lane) []jetstream.Msg {
	t.Helper()
	batch, err := lane.Poll()
	return all(t, batch, err)
}

func all(t *testing.T, batch jetstream.MessageBatch, err error) []jetstream.Msg {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var msgs []jetstream.Msg
	for msg := range batch.Messages() {
		msgs = append(msgs, msg)
	}
	if err := batch.Error(); err != nil {
		t.Errorf("batch: %v", err)
	}
	return msgs
}

func TestFetchHandsOutAtMostN(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		for i := range 5 {
			r.publish(schema.LaneBatch, job(fmt.Sprint("j", i)))
		}
		lane := r.lane(schema.LaneBatch)
		start := time.Now()
		if n := len(fetch(t, lane, 3)); n != 3 {
			t.Errorf("%d jobs, want 3", n)
		}
		took(t, start, 0) // a full batch does not wait
		if n := len(fetch(t, lane, 3)); n != 2 {
			t.Errorf("%d jobs, want the 2 that are left", n)
		}
		r.holds(schema.StreamJobs, 5) // none was acked
	})
}

func TestFetchEndsWithinItsSecond(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		start := time.Now()
		if msgs := fetch(t, r.lane(schema.LaneBatch), 1); msgs != nil {
			t.Errorf("got %d jobs from an empty lane", len(msgs))
		}
		if d := time.Since(start); d < time.Second || d > 1010*time.Millisecond {
			t.Errorf("took %s, want a second", d)
		}
	})
}

func TestFetchTakesWhatComesMeanwhile(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		lane := r.lane(schema.LaneBatch)
		start := time.Now()
		// The job arrives before its publisher has the broker's ack: wait for
		// both, or the rig closes the connection under the publisher.
		var publisher sync.WaitGroup
		publisher.Go(func() {
			time.Sleep(400 * time.Millisecond)
			r.publish(schema.LaneBatch, job("j1"))
		})
		if msgs := fetch(t, lane, 1); len(msgs) != 1 {
			t.Errorf("%d jobs, want 1", len(msgs))
		}
		took(t, start, 400*time.Millisecond)
		publisher.Wait()
	})
}

func TestPollDoesNotWait(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		lane := r.lane(schema.LaneBatch)
		start := time.Now()
		if msgs := poll(t, lane); msgs != nil {
			t.Errorf("got %d jobs from an empty lane", len(msgs))
		}
		r.publish(schema.LaneBatch, job("j1"), job("j2"))
		if msgs := poll(t, lane); len(msgs) != 1 {
			t.Errorf("%d jobs, want 1", len(msgs))
		}
		took(t, start, 0)
	})
}

func TestLanesAreApart(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.publish(schema.LaneBatch, job("b"))
		r.publish(schema.LaneInteractive, job("i"))
		for lane, id := range map[schema.Lane]string{schema.LaneBatch: "b", schema.LaneInteractive: "i"} {
			msgs := fetch(t, r.lane(lane), 2)
			if len(msgs) != 1 || msgs[0].Headers().Get(nats.MsgIdHdr) != id {
				t.Errorf("%s: got %d jobs, want %s only", lane, len(msgs), id)
			}
		}
	})
}

// Two workers of a lane share its consumer: a job goes to one of them, and to
// the other when the first has held it for AckWait.
func TestLaneSharesItsJobs(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.publish(schema.LaneBatch, job("j1"))
		one, two := r.lane(schema.LaneBatch), r.lane(schema.LaneBatch)
		if len(poll(t, one)) != 1 || poll(t, two) != nil {
			t.Error("the job is with both or with none")
		}
		time.Sleep(r.queue.AckWait() + time.Millisecond)
		if len(poll(t, two)) != 1 {
			t.Error("the job did not come back")
		}
	})
}

func TestLaneWithoutConsumer(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		if _, err := r.queue.Lane(t.Context(), schema.LaneBatch); err == nil {
			t.Error("opened a consumer that is not there")
		}
		if _, err := r.queue.LedgerBucket(t.Context()); err == nil {
			t.Error("opened a bucket that is not there")
		}
		if _, err := r.queue.Waiting(t.Context()); err == nil {
			t.Error("looked at a stream that is not there")
		}
		r.provision(r.queue)
		r.lane(schema.LaneBatch)
		if _, err := r.queue.LedgerBucket(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A worker asks again and again while the server is away.
func TestFetchWithoutServerLeavesNothingBehind(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		lane := r.lane(schema.LaneBatch)
		r.server.Stop()
		synctest.Wait()
		before := r.queue.Conn().NumSubscriptions()
		start := time.Now()
		for range 10 {
			if _, err := lane.Fetch(1); !errors.Is(err, queue.ErrUnreachable) {
				t.Errorf("Fetch: got %v, want ErrUnreachable", err)
			}
			if _, err := lane.Poll(); !errors.Is(err, queue.ErrUnreachable) {
				t.Errorf("Poll: got %v, want ErrUnreachable", err)
			}
		}
		took(t, start, 0)
		if after := r.queue.Conn().NumSubscriptions(); after != before {
			t.Errorf("%d subscriptions left behind", after-before)
		}
	})
}
