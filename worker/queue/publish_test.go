package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

func TestPublish(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		j := job("j1")
		j.Channel, j.TTLSeconds = schema.ChannelSMS, 60
		r.publish(schema.LaneBatch, j)
		msg := r.stored(schema.StreamJobs, 1)
		if msg.Subject != "otp.v1.job.batch.app1" || msg.Header.Get(nats.MsgIdHdr) != "j1" {
			t.Errorf("stored on %s with id %q", msg.Subject, msg.Header.Get(nats.MsgIdHdr))
		}
		back, err := schema.DecodeJob(msg.Data)
		if err != nil {
			t.Fatal(err)
		}
		if back.Code.Reveal() != j.Code.Reveal() || back.To.Reveal() != j.To.Reveal() || back.TTLSeconds != 60 {
			t.Error("another job came back")
		}
	})
}

func TestPublishDuplicate(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.publish(schema.LaneBatch, job("j1"))
		for _, lane := range schema.Lanes() {
			if err := r.queue.Publish(t.Context(), lane, job("j1")); !errors.Is(err, queue.ErrDuplicate) {
				t.Errorf("%s: got %v, want ErrDuplicate", lane, err)
			}
		}
		r.publish(schema.LaneBatch, job("j2"))
		if n, err := r.queue.Waiting(t.Context()); n != 2 || err != nil {
			t.Errorf("%d jobs waiting, %v, want 2", n, err)
		}
	})
}

func TestPublishInvalid(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		j := job("j1")
		j.AppID = "a.b"
		err := r.queue.Publish(t.Context(), schema.LaneBatch, j)
		if faults, ok := errors.AsType[schema.Faults](err); !ok || !faults.On("appId") {
			t.Errorf("got %v, want a fault on appId", err)
		}
		r.holds(schema.StreamJobs, 0)
	})
}

// The stream is made smaller than Config.JobBytes may be.
func TestPublishToFullQueue(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		cfg := queue.DefaultConfig().Streams()[0]
		cfg.MaxBytes = 2 << 10
		if _, err := r.js().UpdateStream(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		var err error
		var n uint64
		for ; err == nil && n < 100; n++ {
			err = r.queue.Publish(t.Context(), schema.LaneBatch, job(fmt.Sprintf("j%d", n)))
		}
		if !errors.Is(err, queue.ErrQueueFull) {
			t.Fatalf("after %d jobs got %v, want ErrQueueFull", n, err)
		}
		r.holds(schema.StreamJobs, n-1)
		if err := r.queue.DropStray(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		r.publish(schema.LaneBatch, job("after"))
	})
}

func TestPublishWithoutStream(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		if err := r.queue.Publish(t.Context(), schema.LaneBatch, job("j1")); !errors.Is(err, queue.ErrNoQueue) {
			t.Errorf("got %v, want ErrNoQueue", err)
		}
	})
}

// A stream of another name that takes the subject is not the queue.
func TestPublishToAnotherStream(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		r.createStream(jetstream.StreamConfig{Name: "OTHER", Subjects: []string{schema.JobSubjects}})
		if err := r.queue.Publish(t.Context(), schema.LaneBatch, job("j1")); err == nil {
			t.Error("published")
		}
		r.holds("OTHER", 0)
	})
}

func TestPublishTooLargeForTheBroker(t *testing.T) {
	onServer(t, &server.Options{MaxPayload: 1 << 10}, func(t *testing.T, inProcess nats.Option) {
		r := &rig{t: t, queue: connectTo(t, inProcess, nil)}
		defer closeQueue(t, r.queue)
		r.provision(r.queue)
		large := job("large")
		large.Metadata = map[string]string{}
		for i := range 5 {
			large.Metadata[fmt.Sprint(i)] = strings.Repeat("x", 250)
		}
		if err := r.queue.Publish(t.Context(), schema.LaneBatch, large); !errors.Is(err, nats.ErrMaxPayload) {
			t.Errorf("got %v, want ErrMaxPayload", err)
		}
		r.publish(schema.LaneBatch, job("small"))
	})
}

func TestPublishWithoutServer(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.server.Stop()
		synctest.Wait()
		start := time.Now()
		if err := r.queue.Publish(t.Context(), schema.LaneBatch, job("j1")); !errors.Is(err, queue.ErrUnreachable) {
			t.Errorf("got %v, want ErrUnreachable", err)
		}
		took(t, start, 0)
	})
}

// An account without the right gets no answer; OnTrouble hears why.
func TestPublishForbidden(t *testing.T) {
	opts := &server.Options{Users: []*server.User{
		{Username: "may", Password: "p"},
		{Username: "mayNot", Password: "p", Permissions: &server.Permissions{
			Publish: &server.SubjectPermission{Deny: []string{schema.JobSubjects}},
		}},
	}}
	onServer(t, opts, func(t *testing.T, inProcess nats.Option) {
		for user, want := range map[string]error{"may": nil, "mayNot": context.DeadlineExceeded} {
			trouble := make(chan error, 10)
			q := connectTo(t, inProcess, func(c *queue.Config) {
				c.Options = append(c.Options, nats.UserInfo(user, "p"))
				c.OnTrouble = func(err error) { trouble <- err }
			})
			if err := q.Provision(t.Context()); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			if err := q.Publish(t.Context(), schema.LaneBatch, job(user)); !errors.Is(err, want) {
				t.Errorf("%s: got %v, want %v", user, err, want)
			}
			if want != nil {
				took(t, start, 5*time.Second)
			}
			closeQueue(t, q)
			close(trouble)
			if err := <-trouble; errors.Is(err, nats.ErrPermissionViolation) != (want != nil) {
				t.Errorf("%s: OnTrouble heard %v", user, err)
			}
		}
	})
}

func connectTo(t *testing.T, inProcess nats.Option, change func(*queue.Config)) *queue.Queue {
	t.Helper()
	cfg := queue.DefaultConfig()
	cfg.Options = []nats.Option{inProcess}
	if change != nil {
		change(&cfg)
	}
	return connect(t, cfg)
}

func TestPublishResultOnce(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		want := result("j1")
		for range 2 {
			if err := r.queue.PublishResult(t.Context(), want); err != nil {
				t.Fatal(err)
			}
		}
		r.holds(schema.StreamResults, 1)
		msg := r.stored(schema.StreamResults, 1)
		if msg.Subject != "otp.v1.result.batch.app1" || msg.Header.Get(nats.MsgIdHdr) != "app1.res-j1" {
			t.Errorf("stored on %s with id %q", msg.Subject, msg.Header.Get(nats.MsgIdHdr))
		}
		got, err := schema.DecodeResult(msg.Data)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v %s", err, diff)
		}
		// Another job's, and another app's job of the same id, are others.
		other := result("j1")
		other.AppID = "app2"
		for _, more := range []schema.Result{result("j2"), other} {
			if err := r.queue.PublishResult(t.Context(), more); err != nil {
				t.Fatal(err)
			}
		}
		r.holds(schema.StreamResults, 3)
	})
}

func TestPublishDeadOnce(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		for range 2 {
			if err := r.queue.PublishDead(t.Context(), schema.DeadLetter{ID: "dead-j1", JobID: "j1", Reason: "poison"}); err != nil {
				t.Fatal(err)
			}
		}
		r.holds(schema.StreamDead, 1)
		msg := r.stored(schema.StreamDead, 1)
		letter, err := schema.DecodeDeadLetter(msg.Data)
		if msg.Subject != "otp.v1.dead.poison" || letter.JobID != "j1" || err != nil {
			t.Errorf("stored %+v on %s, %v", letter, msg.Subject, err)
		}
	})
}

// Without a stream nothing is taken for stored.
func TestPublishNotConfirmed(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		if err := r.queue.PublishResult(t.Context(), result("j1")); err == nil {
			t.Error("result confirmed by nobody")
		}
		if err := r.queue.PublishDead(t.Context(), schema.DeadLetter{ID: "dead-j1", Reason: "poison"}); err == nil {
			t.Error("dead letter confirmed by nobody")
		}
	})
}
