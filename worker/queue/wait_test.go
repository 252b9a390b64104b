package queue_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// result makes the result of a job.
func result(jobID string) schema.Result {
	return schema.Result{
		ID: schema.ResultID(jobID), JobID: jobID, AppID: "app1", Lane: schema.LaneBatch, Outcome: schema.OutcomeSent,
		CompletedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
}

// taken takes the next job of the batch lane and returns it decoded.
func (r *rig) taken() schema.Job {
	r.t.Helper()
	msgs := fetch(r.t, r.consumer(schema.LaneBatch), 1)
	if len(msgs) != 1 {
		r.t.Fatal("no job to take")
	}
	j, err := schema.DecodeJob(msgs[0].Data())
	if err != nil {
		r.t.Fatal(err)
	}
	return j
}

func TestSendAndWait(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		before := r.queue.Conn().NumSubscriptions()
		answered := make(chan schema.Job)
		go func() {
			j := r.taken()
			// What anyone could send to the subject is not taken for the result.
			for _, noise := range []string{"", "{", "{}", `{"jobId":"other","outcome":"sent"}`} {
				if err := r.queue.Conn().Publish(j.ReplyTo, []byte(noise)); err != nil {
					t.Error(err)
				}
			}
			answer, err := result("j1").Encode()
			if err != nil {
				t.Error(err)
			}
			if err := r.queue.Reply(t.Context(), j.ReplyTo, result("j1"), answer); err != nil {
				t.Error(err)
			}
			answered <- j
		}()
		start := time.Now()
		got, err := r.queue.SendAndWait(t.Context(), schema.LaneBatch, job("j1"))
		if got.JobID != "j1" || got.Outcome != schema.OutcomeSent || err != nil {
			t.Errorf("got %+v, %v", got, err)
		}
		took(t, start, 0)
		if j := <-answered; schema.CheckReplyTo(j.ReplyTo, []string{schema.ReplySubjects}) != nil {
			t.Errorf("a worker would ignore replyTo %s", j.ReplyTo)
		}
		synctest.Wait()
		if after := r.queue.Conn().NumSubscriptions(); after != before {
			t.Errorf("%d subscriptions left behind", after-before)
		}
	})
}

func TestSendAndWaitNoResult(t *testing.T) {
	for name, tc := range map[string]struct {
		limit time.Duration
		job   func() schema.Job
		want  time.Duration
	}{
		"at the expiry":       {time.Hour, func() schema.Job { j := job("j1"); j.TTLSeconds = 60; return j }, 90 * time.Second},
		"at the default":      {time.Hour, func() schema.Job { return job("j1") }, 330 * time.Second},
		"at the context":      {10 * time.Second, func() schema.Job { return job("j1") }, 10 * time.Second},
		"of a job sent late":  {time.Hour, func() schema.Job { j := job("j1"); j.ExpiresAt = time.Now().Add(-time.Minute); return j }, 30 * time.Second},
		"of a job made early": {time.Hour, func() schema.Job { j := job("j1"); j.CreatedAt = time.Now().Add(-time.Minute); return j }, 270 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			provisioned(t, func(t *testing.T, r *rig) {
				before := r.queue.Conn().NumSubscriptions()
				ctx, cancel := context.WithTimeout(t.Context(), tc.limit)
				defer cancel()
				start := time.Now()
				_, err := r.queue.SendAndWait(ctx, schema.LaneBatch, tc.job())
				if !errors.Is(err, queue.ErrNoResult) || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, want ErrNoResult", err)
				}
				took(t, start, tc.want)
				r.holds(schema.StreamJobs, 1)
				if after := r.queue.Conn().NumSubscriptions(); after != before {
					t.Errorf("%d subscriptions left behind", after-before)
				}
			})
		})
	}
}

// What was not published is told at once, and not as a missing result.
func TestSendAndWaitNotSent(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.publish(schema.LaneBatch, job("there"))
		before := r.queue.Conn().NumSubscriptions()
		start := time.Now()
		_, err := r.queue.SendAndWait(t.Context(), schema.LaneBatch, job("there"))
		if !errors.Is(err, queue.ErrDuplicate) || errors.Is(err, queue.ErrNoResult) {
			t.Errorf("got %v, want ErrDuplicate", err)
		}
		_, err = r.queue.SendAndWait(t.Context(), schema.LaneBatch, schema.Job{})
		if _, ok := errors.AsType[schema.Faults](err); !ok {
			t.Errorf("got %v, want faults", err)
		}
		took(t, start, 0)
		if after := r.queue.Conn().NumSubscriptions(); after != before {
			t.Errorf("%d subscriptions left behind", after-before)
		}
	})
}

func TestSendAndWaitWithoutServer(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.server.Stop()
		synctest.Wait()
		start := time.Now()
		_, err := r.queue.SendAndWait(t.Context(), schema.LaneBatch, job("j1"))
		if err == nil || errors.Is(err, queue.ErrNoResult) {
			t.Errorf("got %v, want an error that says it was not sent", err)
		}
		took(t, start, 5*time.Second)
	})
}
