package queue_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// needed are a worker's rights, in the order they are tried.
var needed = []string{
	"$JS.API.CONSUMER.CREATE.OTP_JOBS.*.otp.v1.job.>",
	"$JS.API.CONSUMER.INFO.OTP_JOBS.*",
	"$JS.API.STREAM.INFO.OTP_JOBS",
	"$JS.API.CONSUMER.DELETE.OTP_JOBS.*",
	"$JS.API.CONSUMER.MSG.NEXT.OTP_JOBS.*",
	"$JS.ACK.OTP_JOBS.>",
	"$JS.ACK.*.*.OTP_JOBS.>",
	"otp.v1.result.interactive.>",
	"otp.v1.result.batch.>",
	"otp.v1.dead.>",
	"$JS.API.STREAM.INFO.KV_otp_ledger",
	"$KV.otp_ledger.>",
	"$JS.API.DIRECT.GET.KV_otp_ledger.$KV.otp_ledger.>",
	"otp.v1.reply.>",
	"$JS.API.STREAM.MSG.GET.OTP_JOBS",
	"$JS.API.STREAM.MSG.DELETE.OTP_JOBS",
	"$JS.API.STREAM.INFO.KV_otp_batches",
	"$KV.otp_batches.>",
	"$JS.API.DIRECT.GET.KV_otp_batches.$KV.otp_batches.>",
	"$JS.API.CONSUMER.CREATE.KV_otp_batches.*",
	"$JS.API.CONSUMER.MSG.NEXT.KV_otp_batches.*",
	"$JS.API.CONSUMER.DELETE.KV_otp_batches.*",
	"otp.v1.event.>",
	"$JS.API.STREAM.INFO.OTP_RESULTS",
	"$JS.API.STREAM.INFO.KV_otp_rate",
	"$KV.otp_rate.>",
	"$JS.API.DIRECT.GET.KV_otp_rate.$KV.otp_rate.>",
	"$JS.API.STREAM.INFO.KV_otp_newest",
	"$KV.otp_newest.>",
	"$JS.API.DIRECT.GET.KV_otp_newest.$KV.otp_newest.>",
	"otp.v1.fleet.>",
	"_INBOX_operator.>",
}

// heard are the subjects that a worker listens on beside its inbox.
var heard = []string{"$SRV.>", "otp.v1.fleet.>"}

// toLook is what the checks of version and streams want beside them.
var toLook = []string{"$JS.API.INFO", "$JS.API.STREAM.INFO.OTP_DEAD"}

var use = queue.Use{ReplyTo: []string{schema.ReplySubjects, "app.literal"}, Ledger: true, Supersede: true}

// user makes a user that may publish to some subjects and receive on its own
// inboxes.
func user(name string, publish ...string) *server.User {
	return &server.User{Username: name, Password: "p", Permissions: &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: publish},
		Subscribe: &server.SubjectPermission{Allow: append([]string{"_INBOX.>"}, heard...)},
	}}
}

func without(subject string) []string {
	return slices.DeleteFunc(append(slices.Clone(toLook), needed...), func(s string) bool { return s == subject })
}

// withUsers runs test on a server with streams, an unrestricted user "admin"
// and more users.
func withUsers(t *testing.T, opts *server.Options, users []*server.User, test func(*testing.T, func(name string, change func(*queue.Config)) *queue.Queue)) {
	t.Helper()
	opts.Users = append(users, &server.User{Username: "admin", Password: "p"})
	onServer(t, opts, func(t *testing.T, inProcess nats.Option) {
		as := func(name string, change func(*queue.Config)) *queue.Queue {
			cfg := queue.DefaultConfig()
			cfg.Options = []nats.Option{inProcess, nats.UserInfo(name, "p")}
			if change != nil {
				change(&cfg)
			}
			return connect(t, cfg)
		}
		admin := as("admin", nil)
		defer closeQueue(t, admin)
		if err := admin.Provision(t.Context()); err != nil {
			t.Fatal(err)
		}
		test(t, as)
	})
}

// refused lists the rights that failed, and fails the test if one did for
// another reason.
func refused(t *testing.T, f queue.Facts) (subjects []string) {
	t.Helper()
	if f.Answers != nil {
		t.Fatalf("no answers: %v", f.Answers)
	}
	for _, r := range f.Rights {
		if r.Err != nil {
			subjects = append(subjects, r.Allow)
		}
		if r.Err != nil && !errors.Is(r.Err, queue.ErrForbidden) {
			t.Errorf("%s: %v", r.Allow, r.Err)
		}
	}
	return subjects
}

// Each right is missed when it is taken away, it alone, and at once. With all
// of them nothing is missed.
func TestCheckRights(t *testing.T) {
	users := []*server.User{user("all", without("")...)}
	for i, subject := range needed {
		users = append(users, user(string(rune('a'+i)), without(subject)...))
	}
	withUsers(t, &server.Options{}, users, func(t *testing.T, as func(string, func(*queue.Config)) *queue.Queue) {
		for i, missing := range append([]string{""}, needed...) {
			var want, trouble []string
			name := "all"
			if missing != "" {
				name, want = string(rune('a'+i-1)), []string{missing}
			}
			if missing == needed[7] || missing == needed[8] {
				want = []string{schema.ResultSubjects} // what to allow is the whole of it
			}
			q := as(name, func(c *queue.Config) {
				c.OnTrouble = func(err error) { trouble = append(trouble, err.Error()) }
			})
			start := time.Now()
			f := q.Check(t.Context(), use)
			took(t, start, 0)
			if got := refused(t, f); !slices.Equal(got, want) {
				t.Errorf("without %q: missed %q", missing, got)
			}
			if missing == "" && (f.ServerErr != nil || f.DifferencesErr != nil || f.CopiesErr != nil || f.SkewErr != nil || f.LedgerErr != nil) {
				t.Errorf("with all rights: %+v", f)
			}
			closeQueue(t, q)
			if len(trouble) > 0 {
				t.Errorf("OnTrouble heard %q", trouble)
			}
		}
	})
}

// With these rights and no more a worker sees which batches are paused, counts
// them and tells their end.
func TestRightsForBatches(t *testing.T) {
	withUsers(t, &server.Options{}, []*server.User{user("worker", needed...)}, func(t *testing.T, as func(string, func(*queue.Config)) *queue.Queue) {
		admin := as("admin", nil)
		defer closeQueue(t, admin)
		if _, err := admin.CreateBatch(t.Context(), queue.Batch{ID: "spring", AppID: "app1", Rows: 1, Published: 1}); err != nil {
			t.Fatal(err)
		}
		var trouble []error
		q := as("worker", func(c *queue.Config) { c.OnTrouble = func(err error) { trouble = append(trouble, err) } })
		w := (&rig{t: t, queue: q}).watch()
		time.Sleep(time.Minute) // a pull of the watch has run out
		w.wants(queue.BatchOpen)
		all, err := q.Batches(t.Context())
		if err != nil || len(all) != 1 {
			t.Fatalf("%v, %v", all, err)
		}
		(&rig{t: t, queue: admin}).batchResult(1, schema.OutcomeSent, "sent")
		s, err := q.BatchStatus(t.Context(), all[0])
		if err != nil || s.Counts[schema.OutcomeSent] != 1 {
			t.Errorf("%+v, %v", s, err)
		}
		if first, err := q.FinishBatch(t.Context(), s); !first || err != nil {
			t.Errorf("first %v, %v", first, err)
		}
		if _, _, err := q.Head(t.Context(), schema.BatchJobSubject("app1", "spring")); err != nil {
			t.Error(err)
		}
		w.wants(queue.BatchFinished)
		time.Sleep(6 * time.Minute) // read anew
		w.stop()
		closeQueue(t, q)
		if len(trouble) > 0 {
			t.Errorf("trouble: %v", trouble)
		}
	})
}

// The server that uses the second form of ack subjects answers to the first one
// too, so only the right to the second one tells.
func TestCheckRightsOfTheSecondForm(t *testing.T) {
	first := slices.DeleteFunc(without(""), func(s string) bool { return s == needed[6] })
	opts := &server.Options{FeatureFlags: map[string]bool{server.FeatureFlagJsAckFormatV2: true}}
	withUsers(t, opts, []*server.User{user("first", first...), user("all", without("")...)}, func(t *testing.T, as func(string, func(*queue.Config)) *queue.Queue) {
		for name, want := range map[string][]string{"first": {needed[6]}, "all": nil} {
			q := as(name, nil)
			if got := refused(t, q.Check(t.Context(), use)); !slices.Equal(got, want) {
				t.Errorf("%s: missed %q, want %q", name, got, want)
			}
			closeQueue(t, q)
		}
	})
}

// Who may not receive gets no answer to anything: it is said once, at once.
func TestCheckWithoutInbox(t *testing.T) {
	deaf := user("deaf", without("")...)
	deaf.Permissions.Subscribe = &server.SubjectPermission{Allow: append([]string{"_INBOX_w.>"}, heard...)}
	withUsers(t, &server.Options{}, []*server.User{deaf}, func(t *testing.T, as func(string, func(*queue.Config)) *queue.Queue) {
		for prefix, want := range map[string]error{"": queue.ErrForbidden, "_INBOX_w": nil} {
			q := as("deaf", func(c *queue.Config) { c.InboxPrefix = prefix })
			start := time.Now()
			f := q.Check(t.Context(), use)
			took(t, start, 0)
			if !errors.Is(f.Answers, want) || want == nil && len(refused(t, f)) > 0 || want != nil && f.Rights != nil {
				t.Errorf("prefix %q: %+v", prefix, f)
			}
			closeQueue(t, q)
		}
	})
}
