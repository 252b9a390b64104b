package queue_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/queue"
)

// queued returns the job at a sequence of the job stream, and its subject.
func (r *rig) queued(seq uint64) (schema.Job, string) {
	r.t.Helper()
	msg := r.stored(schema.StreamJobs, seq)
	j, err := schema.DecodeJob(msg.Data)
	if err != nil {
		r.t.Fatal(err)
	}
	if msg.Header.Get(nats.MsgIdHdr) != j.ID {
		r.t.Errorf("job %s has the message id %s", j.ID, msg.Header.Get(nats.MsgIdHdr))
	}
	return j, msg.Subject
}

func (r *rig) replay(seq uint64) queue.Replayed {
	r.t.Helper()
	done, err := r.queue.Replay(r.t.Context(), seq, queue.Replay{})
	if err != nil {
		r.t.Fatal(err)
	}
	return done
}

// A replay is the same job under an id and order id of its own; nobody waits for
// it, and the life of its code goes on from where it was.
func TestReplay(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		first := deadJob("login-1")
		first.TemplateID, first.FlowID, first.Channel = 7, 9, schema.ChannelSMS
		first.OrderID, first.ReplyTo, first.BatchID = "order-1", "otp.v1.reply.x", "friday"
		first.TTLSeconds, first.Metadata = 120, map[string]string{"user": "anna"}
		r.bury(letterOf(t, first))
		time.Sleep(time.Minute)

		done := r.replay(1)
		got, subject := r.queued(1)
		want := first
		want.ID, want.OrderID, want.ReplyTo = done.JobID, done.JobID, ""
		want.ExpiresAt, want.TTLSeconds = first.CreatedAt.Add(2*time.Minute), 0
		want.Metadata = map[string]string{"user": "anna", "replayOf": "login-1"}
		reveal := cmp.Comparer(func(a, b redact.Code) bool { return a.Reveal() == b.Reveal() })
		number := cmp.Comparer(func(a, b redact.Phone) bool { return a.Reveal() == b.Reveal() })
		if diff := cmp.Diff(want, got, reveal, number); diff != "" {
			t.Errorf("the new job (-want +got):\n%s", diff)
		}
		if subject != "otp.v1.job.batch.app1" || !strings.HasPrefix(got.ID, "rp-") || done.Before {
			t.Errorf("%+v on %s", done, subject)
		}
		if stored := r.stored(schema.StreamJobs, 1); !got.Expiry(stored.Time).Equal(want.ExpiresAt) {
			t.Errorf("it ends at %s, want %s", got.Expiry(stored.Time), want.ExpiresAt)
		}
		r.holds(schema.StreamDead, 0)
		if _, err := r.queue.Replay(t.Context(), 1, queue.Replay{}); !errors.Is(err, queue.ErrNoLetter) || !queue.Refused(err) {
			t.Errorf("the second time: %v", err)
		}
		r.holds(schema.StreamJobs, 1)
	})
}

// Two letters of one job are one replay; once the broker has forgotten the
// message id, the job's id tells the ledger.
func TestReplayOfOneJobIsOneJob(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		first := deadJob("login-1")
		first.TTLSeconds = 3600
		again := letterOf(t, first)
		again.ID = "dead-seq-14"
		third := letterOf(t, first)
		third.ID = "dead-seq-15"
		r.bury(letterOf(t, first), again, third)

		once := r.replay(1)
		twice := r.replay(2)
		if !twice.Before || twice.JobID != once.JobID {
			t.Errorf("first %+v, then %+v", once, twice)
		}
		r.holds(schema.StreamJobs, 1)
		time.Sleep(11 * time.Minute)
		if late := r.replay(3); late.JobID != once.JobID {
			t.Errorf("later %+v, want the id of %+v", late, once)
		}
		r.holds(schema.StreamDead, 0)
	})
}

func TestReplayIDsDiffer(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		other := deadJob("a")
		other.AppID = "app2"
		r.bury(letterOf(t, deadJob("a")), letterOf(t, deadJob("b")), letterOf(t, other))
		seen := map[string]bool{}
		for seq := range uint64(3) {
			seen[r.replay(seq+1).JobID] = true
		}
		// A replay that dies is replayed as another job, and tells the first id.
		died, _ := r.queued(1)
		r.bury(letterOf(t, died))
		seen[r.replay(4).JobID] = true
		if len(seen) != 4 {
			t.Errorf("ids are %v, want 4", seen)
		}
		if again, _ := r.queued(4); again.Metadata["replayOf"] != "a" || len(again.ID) > 64 {
			t.Errorf("the replay of a replay is %+v", again)
		}
	})
}

func TestReplayRefuses(t *testing.T) {
	edit := func(change func(*schema.DeadLetter)) func(*testing.T) schema.DeadLetter {
		return func(t *testing.T) schema.DeadLetter {
			l := letterOf(t, deadJob("a"))
			change(&l)
			return l
		}
	}
	payload := func(text string) func(*testing.T) schema.DeadLetter {
		return edit(func(l *schema.DeadLetter) { l.Payload = redact.NewPayload([]byte(text)) })
	}
	for name, c := range map[string]struct {
		letter func(*testing.T) schema.DeadLetter
		want   error
		text   string
	}{
		"expired": {func(t *testing.T) schema.DeadLetter {
			j := deadJob("a")
			j.CreatedAt = j.CreatedAt.Add(-5 * time.Minute)
			return letterOf(t, j)
		}, queue.ErrExpired, "ask the app for a new one"},
		"expired since": {func(t *testing.T) schema.DeadLetter {
			j := deadJob("a")
			j.CreatedAt, j.ExpiresAt = time.Time{}, time.Now()
			return letterOf(t, j)
		}, queue.ErrExpired, ""},
		"made in the future": {func(t *testing.T) schema.DeadLetter {
			j := deadJob("a")
			j.CreatedAt = j.CreatedAt.Add(time.Hour)
			l := letterOf(t, j)
			l.QueuedAt = l.QueuedAt.Add(-5 * time.Minute)
			return l
		}, queue.ErrExpired, ""},
		"without a time": {func(t *testing.T) schema.DeadLetter {
			l := letterOf(t, job("a"))
			l.QueuedAt = time.Time{}
			return l
		}, queue.ErrExpired, "when it was queued is not known"},
		"queued long ago": {func(t *testing.T) schema.DeadLetter {
			l := letterOf(t, job("a"))
			l.QueuedAt = l.QueuedAt.Add(-5 * time.Minute)
			return l
		}, queue.ErrExpired, "ask the app"},
		"sealed":      {edit(func(l *schema.DeadLetter) { l.Sealed = true }), queue.ErrSealed, "where the key is"},
		"may be sent": {edit(func(l *schema.DeadLetter) { l.Outcome = schema.OutcomeUnknown }), queue.ErrMaybeSent, ""},
		"no lane":     {edit(func(l *schema.DeadLetter) { l.Lane = "" }), nil, "invalid, publish it mended: lane must be"},
		"another app": {edit(func(l *schema.DeadLetter) { l.AppID = "app2" }), nil, "appId must be the fifth token"},
		"worker's fault": {edit(func(l *schema.DeadLetter) {
			l.Faults = []schema.Fault{{Field: "to", Problem: "must be digits only: drop the +"}}
		}), nil, "to must be digits only: drop the +"},
		"bad number":  {payload(`{"id":"a","appId":"app1","code":"739154","to":"+8613800138000"}`), nil, "to must be digits only: drop the +"},
		"bad code":    {payload(`{"id":"a","appId":"app1","code":739154,"to":"8613800138000"}`), nil, "code must be a string"},
		"no job":      {payload(`8613800138000`), nil, "document must be a JSON object"},
		"cut":         {payload(`{"id":"a","code":"739154","to":"86138001380`), nil, "document must be valid JSON"},
		"nothing":     {payload(``), nil, "document must be a JSON object"},
		"all at once": {payload(`{"id":"a b"}`), nil, "code is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			provisioned(t, func(t *testing.T, r *rig) {
				letter := c.letter(t)
				r.bury(letter)
				_, err := r.queue.Replay(t.Context(), 1, queue.Replay{})
				if err == nil || !queue.Refused(err) || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
					t.Errorf("got %v, want %v %s", err, c.want, c.text)
				}
				if _, faulty := errors.AsType[schema.Faults](err); faulty != (c.want == nil) {
					t.Errorf("faults: %v, in %v", faulty, err)
				}
				for _, secret := range []string{"739154", "123456", "8613800138000"} {
					if strings.Contains(err.Error(), secret) {
						t.Errorf("the error shows %s: %v", secret, err)
					}
				}
				_, unforced := r.queue.Replay(t.Context(), 1, queue.Replay{SendUnknown: true})
				if maybe := errors.Is(c.want, queue.ErrMaybeSent); (unforced == nil) != maybe {
					t.Errorf("with SendUnknown: %v", unforced)
				} else if !maybe {
					r.holds(schema.StreamJobs, 0)
					r.holds(schema.StreamDead, 1)
				}
			})
		})
	}
}

// A code is worth sending to the end of its life and not a moment longer.
func TestReplayAtTheEnd(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		j := deadJob("a")
		l := queue.Letter{Seq: 1, DeadLetter: letterOf(t, j)}
		end := l.Expiry(j)
		if !end.Equal(j.CreatedAt.Add(schema.DefaultTTL)) {
			t.Errorf("it ends at %s", end)
		}
		if err := l.CanReplay(end.Add(-1)); err != nil {
			t.Errorf("just before: %v", err)
		}
		if err := l.CanReplay(end); !errors.Is(err, queue.ErrExpired) {
			t.Errorf("at the end: %v", err)
		}
	})
}

// A job that gives its life in seconds only counts from when it was queued.
func TestReplayOfAJobWithoutTimes(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		queuedAt := time.Now().UTC()
		r.bury(letterOf(t, job("a")))
		time.Sleep(time.Minute)
		r.replay(1)
		if got, _ := r.queued(1); !got.ExpiresAt.Equal(queuedAt.Add(schema.DefaultTTL)) {
			t.Errorf("it ends at %s, want five minutes after %s", got.ExpiresAt, queuedAt)
		}
	})
}

// The first id is noted where there is room for it, and nothing is lost for it.
func TestReplayOfFullMetadata(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		j := deadJob("a")
		j.Metadata = map[string]string{}
		for i := range 16 {
			j.Metadata[fmt.Sprint("k", i)] = "v"
		}
		r.bury(letterOf(t, j))
		r.replay(1)
		if got, _ := r.queued(1); !maps.Equal(got.Metadata, j.Metadata) {
			t.Errorf("metadata is %v", got.Metadata)
		}
	})
}

func TestReplayAllKeepsTheRate(t *testing.T) {
	for rate, want := range map[float64]time.Duration{0: 400 * time.Millisecond, 2: 2 * time.Second, 0.1: 40 * time.Second} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			provisioned(t, func(t *testing.T, r *rig) {
				var seqs []uint64
				for i := range 5 {
					bad := letterOf(t, deadJob(fmt.Sprint("bad", i)))
					bad.Sealed = true
					r.bury(letterOf(t, deadJob(fmt.Sprint("good", i))), bad)
					seqs = append(seqs, uint64(2*i+1), uint64(2*i+2))
				}
				start, refused := time.Now(), 0
				for _, err := range r.queue.ReplayAll(t.Context(), seqs, queue.Replay{Rate: rate}) {
					if errors.Is(err, queue.ErrSealed) {
						refused++
					} else if err != nil {
						t.Error(err)
					}
				}
				// The last refused one waits for its turn too.
				took(t, start, want+want/4)
				if refused != 5 {
					t.Errorf("%d refused, want 5", refused)
				}
				for seq := range uint64(4) {
					if gap := r.stored(schema.StreamJobs, seq+2).Time.Sub(r.stored(schema.StreamJobs, seq+1).Time); gap < want/4 {
						t.Errorf("%s between two", gap)
					}
				}
			})
		})
	}
}

func TestReplayAllEndsWithItsContext(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.bury(letterOf(t, deadJob("a")), letterOf(t, deadJob("b")))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var errs []error
		for _, err := range r.queue.ReplayAll(ctx, []uint64{1, 2}, queue.Replay{}) {
			errs = append(errs, err)
			cancel()
		}
		if len(errs) != 2 || errs[0] != nil || !errors.Is(errs[1], context.Canceled) || queue.Refused(errs[1]) {
			t.Errorf("got %v", errs)
		}
		r.holds(schema.StreamJobs, 1)
		r.holds(schema.StreamDead, 1)
	})
}

// An account that may not delete says that the job is queued; whoever may
// delete then replays the letter without queueing it twice.
func TestReplayWithoutDiscard(t *testing.T) {
	opts := &server.Options{Users: []*server.User{
		{Username: "admin", Password: "x"},
		{Username: "app", Password: "x", Permissions: &server.Permissions{
			Publish: &server.SubjectPermission{Deny: []string{"$JS.API.STREAM.MSG.DELETE.>"}},
		}},
	}}
	onServer(t, opts, func(t *testing.T, inProcess nats.Option) {
		as := func(user string) *queue.Queue {
			cfg := queue.DefaultConfig()
			cfg.Options = []nats.Option{inProcess, nats.UserInfo(user, "x")}
			return connect(t, cfg)
		}
		admin, app := as("admin"), as("app")
		defer closeQueue(t, admin)
		defer closeQueue(t, app)
		if err := admin.Provision(t.Context()); err != nil {
			t.Fatal(err)
		}
		r := &rig{t: t, queue: admin}
		r.bury(letterOf(t, deadJob("a")))
		done, err := app.Replay(t.Context(), 1, queue.Replay{})
		if err == nil || done.JobID == "" || queue.Refused(err) || !strings.Contains(err.Error(), "is queued, but its letter is still there") {
			t.Errorf("%+v: %v", done, err)
		}
		if again := r.replay(1); !again.Before || again.JobID != done.JobID {
			t.Errorf("again %+v, want %s", again, done.JobID)
		}
		r.holds(schema.StreamJobs, 1)
		r.holds(schema.StreamDead, 0)
	})
}
