package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/queue"
)

// deadJob is a job that was made just now, with a life of 5 minutes.
func deadJob(id string) schema.Job {
	j := job(id)
	j.CreatedAt = time.Now().UTC()
	return j
}

// letterOf is the letter of a job that died just now. Its reason is no promise
// of the worker's; its outcome is one that replays without a question.
func letterOf(t *testing.T, j schema.Job) schema.DeadLetter {
	t.Helper()
	data, err := j.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return schema.DeadLetter{
		ID: "dead-" + j.ID, JobID: j.ID, AppID: j.AppID, Lane: schema.LaneBatch, Reason: "http_4xx",
		Outcome: schema.OutcomeRejected, Status: "404", Attempts: 1, Deliveries: 1,
		Subject: schema.JobSubject(schema.LaneBatch, j.AppID), Sequence: 7,
		Payload: redact.NewPayload(data), PayloadBytes: len(data), QueuedAt: time.Now().UTC(), DiedAt: time.Now().UTC(), Worker: "w1",
	}
}

func (r *rig) bury(letters ...schema.DeadLetter) {
	r.t.Helper()
	for _, l := range letters {
		if err := r.queue.PublishDead(r.t.Context(), l); err != nil {
			r.t.Fatal(err)
		}
	}
}

// dead returns the job ids of the letters that are there.
func (r *rig) dead(f queue.DeadFilter) []string {
	r.t.Helper()
	var ids []string
	for letter, err := range r.queue.Dead(r.t.Context(), f) {
		if err != nil {
			r.t.Error(err)
		}
		ids = append(ids, letter.JobID)
	}
	return ids
}

func TestDead(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		other := letterOf(t, deadJob("b"))
		other.AppID, other.Reason = "app2", "unreachable"
		r.bury(letterOf(t, deadJob("a")), other)
		time.Sleep(time.Hour)
		now := time.Now()
		r.bury(letterOf(t, deadJob("c")), letterOf(t, deadJob("d")))
		for want, f := range map[string]queue.DeadFilter{
			"a b c d": {},
			"a c d":   {Reason: "http_4xx"},
			"b":       {Reason: "unreachable"},
			"":        {Reason: "http_4xx", AppID: "app2"},
			"c d":     {Since: now},
			"c":       {ID: "dead-c"},
			"d":       {ID: "d"},
			"b c d":   {Limit: 3},
			"a":       {Limit: 1, Reason: "http_4xx", AppID: "app1", ID: "a"},
		} {
			if got := strings.Join(r.dead(f), " "); got != want {
				t.Errorf("%+v: got %q, want %q", f, got, want)
			}
		}
	})
}

func TestDeadOfManyPages(t *testing.T) {
	for _, n := range []int{0, 1, 256, 700} { // 256 are asked for at a time
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			provisioned(t, func(t *testing.T, r *rig) {
				var want []string
				for i := range n {
					want = append(want, fmt.Sprint("j", i))
					r.bury(letterOf(t, deadJob(want[i])))
				}
				start := time.Now()
				if got := r.dead(queue.DeadFilter{}); !slices.Equal(got, want) {
					t.Errorf("got %v, want %v", got, want)
				}
				took(t, start, 0)
			})
		})
	}
}

// A listing ends, whatever comes and goes meanwhile.
func TestDeadWhileLettersComeAndGo(t *testing.T) {
	const there = 600
	provisioned(t, func(t *testing.T, r *rig) {
		for i := range there {
			r.bury(letterOf(t, deadJob(fmt.Sprint("j", i))))
		}
		n := 0
		for _, err := range r.queue.Dead(t.Context(), queue.DeadFilter{}) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == 1 {
				for seq := range uint64(there - 300) {
					if err := r.queue.Discard(t.Context(), 301+seq); err != nil {
						t.Fatal(err)
					}
				}
				r.bury(letterOf(t, deadJob("new")))
			}
		}
		if n != 300 {
			t.Errorf("%d letters, want 300", n)
		}
	})
}

// What is no letter is told by its place and does not hide the next one; the
// error must not quote it.
func TestDeadUnreadable(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		if _, err := r.js().Publish(t.Context(), schema.DeadSubject("x"), []byte(`{"id":"a","diedAt":"8613800138000"}`)); err != nil {
			t.Fatal(err)
		}
		r.bury(letterOf(t, deadJob("a")))
		for _, f := range []queue.DeadFilter{{}, {Limit: 5}} {
			var got []string
			for letter, err := range r.queue.Dead(t.Context(), f) {
				got = append(got, fmt.Sprintf("%d %s %v", letter.Seq, letter.JobID, err))
			}
			want := []string{"1  dead letter 1 is not a dead letter document: discard it", "2 a <nil>"}
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		if _, err := r.queue.Letter(t.Context(), 1); !queue.Refused(err) {
			t.Errorf("get: %v", err)
		}
	})
}

func TestDeadEndsWithItsContext(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.bury(letterOf(t, deadJob("a")))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		n := 0
		for _, err := range r.queue.Dead(ctx, queue.DeadFilter{}) {
			if n++; err == nil {
				t.Error("a letter, and no error")
			}
		}
		if n != 1 {
			t.Errorf("%d errors, want 1", n)
		}
	})
}

func TestLetter(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		want := letterOf(t, deadJob("a"))
		r.bury(want)
		got, err := r.queue.Letter(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if got.Seq != 1 || got.Sequence != 7 || got.ID != "dead-a" || got.Payload.Reveal() != want.Payload.Reveal() {
			t.Errorf("another letter came back: %+v", got)
		}
		if _, err := r.queue.Letter(t.Context(), 2); !errors.Is(err, queue.ErrNoLetter) {
			t.Errorf("got %v, want ErrNoLetter", err)
		}
	})
}

func TestDiscard(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.bury(letterOf(t, deadJob("a")), letterOf(t, deadJob("b")))
		for range 2 { // twice is no error
			if err := r.queue.Discard(t.Context(), 1); err != nil {
				t.Error(err)
			}
		}
		if got := r.dead(queue.DeadFilter{}); !slices.Equal(got, []string{"b"}) {
			t.Errorf("got %v, want b", got)
		}
	})
}

func TestDeadWithoutStream(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		for _, err := range r.queue.Dead(t.Context(), queue.DeadFilter{}) {
			if !errors.Is(err, queue.ErrNoQueue) {
				t.Errorf("list: %v", err)
			}
		}
		if _, err := r.queue.Letter(t.Context(), 1); !errors.Is(err, queue.ErrNoQueue) {
			t.Errorf("get: %v", err)
		}
		if err := r.queue.Discard(t.Context(), 1); !errors.Is(err, queue.ErrNoQueue) {
			t.Errorf("discard: %v", err)
		}
		if _, err := r.queue.Replay(t.Context(), 1, queue.Replay{}); !errors.Is(err, queue.ErrNoQueue) || queue.Refused(err) {
			t.Errorf("replay: %v", err)
		}
	})
}

// A broker that goes silent in the middle of a listing is not its end.
func TestDeadWithSilentBroker(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		for i := range 300 {
			r.bury(letterOf(t, deadJob(fmt.Sprint("j", i))))
		}
		last := error(nil)
		n := 0
		for _, err := range r.queue.Dead(t.Context(), queue.DeadFilter{}) {
			if n++; n == 1 {
				r.server.Stop()
			}
			last = err
		}
		if last == nil || n < 2 {
			t.Errorf("%d letters, and then %v", n-1, last)
		}
	})
}

// A look tells what a person may know, of an unreadable job as well.
func TestLook(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		now := time.Now()
		letter := func(change func(*schema.DeadLetter)) queue.LetterLook {
			l := letterOf(t, deadJob("a"))
			change(&l)
			return queue.Letter{Seq: 1, DeadLetter: l}.Look(now)
		}
		good := letter(func(*schema.DeadLetter) {})
		if good.Refusal != nil || good.Expired || good.MaybeSent() || !good.ExpiresAt.Equal(now.Add(schema.DefaultTTL)) {
			t.Errorf("a good one: %+v", good)
		}
		r.bury(letterOf(t, deadJob("a")))
		if done := r.replay(1); good.NewJobID != done.JobID {
			t.Errorf("would be replayed as %s, was as %s", good.NewJobID, done.JobID)
		}
		if got := good.Hide("login-8613800138000-8613800138000"); got != "login-***8000-***8000" {
			t.Errorf("hidden: %s", got)
		}
		if got := letter(func(l *schema.DeadLetter) { l.Outcome = schema.OutcomeUnknown }); !got.MaybeSent() || got.NewJobID == "" {
			t.Errorf("an unknown one: %+v", got)
		}
		sealed := letter(func(l *schema.DeadLetter) { l.Sealed = true })
		if !errors.Is(sealed.Refusal, queue.ErrSealed) || !sealed.ExpiresAt.IsZero() || sealed.Expired || sealed.NewJobID != "" || sealed.Hide("8613800138000") != "8613800138000" {
			t.Errorf("a sealed one: %+v", sealed)
		}
		if got := letter(func(l *schema.DeadLetter) { l.Sealed, l.DiedAt = true, now.Add(-schema.MaxTTL-1) }); !got.Expired {
			t.Errorf("a sealed one of long ago: %+v", got)
		}
	})
}
