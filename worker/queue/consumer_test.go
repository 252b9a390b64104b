package queue_test

import (
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// consumer opens the one of the jobs that publish publishes on a lane.
func (r *rig) consumer(lane schema.Lane) *queue.Consumer {
	r.t.Helper()
	c, err := r.queue.Consumer(r.t.Context(), queue.App{Lane: lane, ID: job("").AppID})
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// fetch asks for up to n jobs and returns all that came.
func fetch(t *testing.T, c *queue.Consumer, n int) []jetstream.Msg {
	t.Helper()
	batch, err := c.Fetch(n)
	return all(t, batch, err)
}

func poll(t *testing.T, c *queue.Consumer) []jetstream.Msg {
	t.Helper()
	synctest.Wait() // a consumer hears of a new message a moment after its publisher
	batch, err := c.Poll(1)
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
		c := r.consumer(schema.LaneBatch)
		start := time.Now()
		if n := len(fetch(t, c, 3)); n != 3 {
			t.Errorf("%d jobs, want 3", n)
		}
		took(t, start, 0) // a full batch does not wait
		if n := len(fetch(t, c, 3)); n != 2 {
			t.Errorf("%d jobs, want the 2 that are left", n)
		}
		r.holds(schema.StreamJobs, 5) // none was acked
	})
}

func TestFetchEndsWithinItsSecond(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		start := time.Now()
		if msgs := fetch(t, r.consumer(schema.LaneBatch), 1); msgs != nil {
			t.Errorf("got %d jobs from an empty lane", len(msgs))
		}
		if d := time.Since(start); d < time.Second || d > 1010*time.Millisecond {
			t.Errorf("took %s, want a second", d)
		}
	})
}

func TestFetchTakesWhatComesMeanwhile(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		c := r.consumer(schema.LaneBatch)
		start := time.Now()
		// The job arrives before its publisher has the broker's ack: wait for
		// both, or the rig closes the connection under the publisher.
		var publisher sync.WaitGroup
		publisher.Go(func() {
			time.Sleep(400 * time.Millisecond)
			r.publish(schema.LaneBatch, job("j1"))
		})
		if msgs := fetch(t, c, 1); len(msgs) != 1 {
			t.Errorf("%d jobs, want 1", len(msgs))
		}
		took(t, start, 400*time.Millisecond)
		publisher.Wait()
	})
}

func TestPollDoesNotWait(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		c := r.consumer(schema.LaneBatch)
		start := time.Now()
		if msgs := poll(t, c); msgs != nil {
			t.Errorf("got %d jobs from an empty lane", len(msgs))
		}
		r.publish(schema.LaneBatch, job("j1"), job("j2"))
		if msgs := poll(t, c); len(msgs) != 1 {
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
			msgs := fetch(t, r.consumer(lane), 2)
			if len(msgs) != 1 || msgs[0].Headers().Get(nats.MsgIdHdr) != id {
				t.Errorf("%s: got %d jobs, want %s only", lane, len(msgs), id)
			}
		}
	})
}

// Two workers share an app's consumer: a job goes to one of them, and to
// the other when the first has held it for AckWait.
func TestConsumerSharesItsJobs(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.publish(schema.LaneBatch, job("j1"))
		one, two := r.consumer(schema.LaneBatch), r.consumer(schema.LaneBatch)
		if len(poll(t, one)) != 1 || poll(t, two) != nil {
			t.Error("the job is with both or with none")
		}
		time.Sleep(r.queue.AckWait() + time.Millisecond)
		if len(poll(t, two)) != 1 {
			t.Error("the job did not come back")
		}
	})
}

// An app's consumer takes its jobs and nobody else's.
func TestAppsAreApart(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		other := job("o")
		other.AppID = "app2"
		r.publish(schema.LaneBatch, other, job("j1"))
		msgs := fetch(t, r.consumer(schema.LaneBatch), 1)
		if len(msgs) != 1 || msgs[0].Headers().Get(nats.MsgIdHdr) != "j1" {
			t.Errorf("got %d jobs, want j1 only", len(msgs))
		}
	})
}

func TestBacklog(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.publish(schema.LaneBatch, job("j1"), job("j2"))
		r.publish(schema.LaneInteractive, job("j3"))
		r.publishTo("otp.v1.job.batch.no", "otp.v1.job.batch.app1.more", "otp.v1.job.interactive.app1.more", "otp.v1.job.fast.app1")
		got, err := r.queue.Backlog(t.Context())
		want := map[queue.App]uint64{
			{Lane: schema.LaneBatch, ID: "app1"}: 2, {Lane: schema.LaneInteractive, ID: "app1"}: 1,
			{Lane: schema.LaneBatch, ID: "app1", Batch: "more"}: 1,
		}
		if !maps.Equal(got, want) || err != nil {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

// A consumer that somebody changed is made right, or refused, as the setting
// says. An AckWait that workers may reckon with is never shortened.
func TestConsumerMadeRight(t *testing.T) {
	long := func(c *jetstream.ConsumerConfig) { c.AckWait = time.Minute }
	backOff := func(c *jetstream.ConsumerConfig) { c.BackOff = []time.Duration{time.Second} }
	for name, c := range map[string]struct {
		mode    queue.Provision
		change  func(*jetstream.ConsumerConfig)
		refused bool
		want    time.Duration
	}{
		"create: back-off removed":     {mode: queue.ProvisionCreate, change: backOff, want: 30 * time.Second},
		"create: a long ack wait kept": {mode: queue.ProvisionCreate, change: long, want: time.Minute},
		"verify: back-off refused":     {mode: queue.ProvisionVerify, change: backOff, refused: true},
		"verify: a long ack wait used": {mode: queue.ProvisionVerify, change: long, want: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			provisioned(t, func(t *testing.T, r *rig) {
				r.changeConsumer(c.change)
				q := r.connect(func(cfg *queue.Config) { cfg.Provision = c.mode })
				defer closeQueue(t, q)
				got, err := q.Consumer(t.Context(), queue.App{Lane: schema.LaneBatch, ID: "app1"})
				if _, refused := errors.AsType[*queue.DifferenceError](err); refused != c.refused || (err != nil) != c.refused {
					t.Fatalf("got %v", err)
				}
				if err != nil {
					return
				}
				if got.AckWait != c.want {
					t.Errorf("AckWait is %s, want %s", got.AckWait, c.want)
				}
				r.wantDifferences()
			})
		})
	}
}

func TestNoStreams(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		if _, err := r.queue.Consumer(t.Context(), queue.App{Lane: schema.LaneBatch, ID: "app1"}); err == nil {
			t.Error("opened a consumer of no stream")
		}
		if _, err := r.queue.Backlog(t.Context()); err == nil {
			t.Error("counted the jobs of no stream")
		}
		if _, err := r.queue.LedgerBucket(t.Context()); err == nil {
			t.Error("opened a bucket that is not there")
		}
		if _, err := r.queue.Waiting(t.Context()); err == nil {
			t.Error("looked at a stream that is not there")
		}
		r.provision(r.queue)
		r.consumer(schema.LaneBatch)
		if _, err := r.queue.LedgerBucket(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A worker asks again and again while the server is away.
func TestFetchWithoutServerLeavesNothingBehind(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		c := r.consumer(schema.LaneBatch)
		r.server.Stop()
		synctest.Wait()
		before := r.queue.Conn().NumSubscriptions()
		start := time.Now()
		for range 10 {
			if _, err := c.Fetch(1); !errors.Is(err, queue.ErrUnreachable) {
				t.Errorf("Fetch: got %v, want ErrUnreachable", err)
			}
			if _, err := c.Poll(1); !errors.Is(err, queue.ErrUnreachable) {
				t.Errorf("Poll: got %v, want ErrUnreachable", err)
			}
		}
		took(t, start, 0)
		if after := r.queue.Conn().NumSubscriptions(); after != before {
			t.Errorf("%d subscriptions left behind", after-before)
		}
	})
}
