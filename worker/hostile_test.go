package worker_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// raw is a client of the broker without our checks in front.
func (r *rig) raw() *nats.Conn {
	r.t.Helper()
	nc, err := nats.Connect("", r.server.InProcess())
	if err != nil {
		r.t.Fatal(err)
	}
	return nc
}

func doc(fields string) string {
	return `{"appId":"app1","code":"123456","to":"` + goodNumber + `",` + fields + `}`
}

// Whatever is put into the queue gets an answer and leaves it, and the next job
// is served.
func TestHostileJobs(t *testing.T) {
	const interactive = "otp.v1.job.interactive.app1"
	for name, c := range map[string]struct {
		subject, msgID string
		body           []byte
		outcome        schema.Outcome
		field          string // of the fault
		note           string
	}{
		"broken json, id from the message":  {subject: interactive, msgID: "j1", body: []byte(`{"id":"j1`), outcome: schema.OutcomeInvalid, field: "document"},
		"broken json, no id":                {subject: interactive, body: []byte(`{`), field: "document"},
		"empty":                             {subject: interactive, body: nil, field: "document"},
		"wrong types":                       {subject: interactive, body: []byte(`{"id":"j1","appId":"app1","code":123456,"to":["8613800138000"]}`), outcome: schema.OutcomeInvalid, field: "code"},
		"1 MiB less the headers":            {subject: interactive, msgID: "j1", body: bytes.Repeat([]byte("x"), 1<<20-100), outcome: schema.OutcomeInvalid, field: "document"},
		"bad utf-8":                         {subject: interactive, msgID: "j1", body: []byte("{\"id\":\"j1\xff\"}"), outcome: schema.OutcomeInvalid, field: "document"},
		"unknown lane":                      {subject: "otp.v1.job.express.app1", body: []byte(doc(`"id":"j1"`)), outcome: schema.OutcomeInvalid, field: "lane"},
		"no lane at all":                    {subject: "otp.v1.job.app1", body: []byte(doc(`"id":"j1"`)), outcome: schema.OutcomeInvalid, field: "subject"},
		"too many tokens":                   {subject: interactive + ".x", body: []byte(doc(`"id":"j1"`)), outcome: schema.OutcomeInvalid, field: "subject"},
		"another app's subject":             {subject: "otp.v1.job.interactive.app2", body: []byte(doc(`"id":"j1"`)), outcome: schema.OutcomeInvalid, field: "appId"},
		"expired on arrival":                {subject: interactive, body: []byte(doc(`"id":"j1","expiresAt":"1999-01-01T00:00:00Z"`)), outcome: schema.OutcomeExpired},
		"replyTo would delete the stream":   {subject: interactive, body: []byte(doc(`"id":"j1","replyTo":"$JS.API.STREAM.DELETE.OTP_JOBS"`)), outcome: schema.OutcomeSent, note: "replyTo ignored"},
		"replyTo with a wildcard":           {subject: interactive, body: []byte(doc(`"id":"j1","replyTo":"otp.>"`)), outcome: schema.OutcomeSent, note: "replyTo ignored"},
		"replyTo is the job stream":         {subject: interactive, body: []byte(doc(`"id":"j1","replyTo":"otp.v1.job.interactive.app1"`)), outcome: schema.OutcomeSent, note: "replyTo ignored"},
		"replyTo is another's inbox":        {subject: interactive, body: []byte(doc(`"id":"j1","replyTo":"_INBOX.abc"`)), outcome: schema.OutcomeSent, note: "replyTo ignored"},
		"replyTo with a line break":         {subject: interactive, body: []byte(doc(`"id":"j1","replyTo":"otp.v1.reply.a\r\nPUB x 0"`)), outcome: schema.OutcomeSent, note: "replyTo ignored"},
		"replyTo too long, also in a fault": {subject: interactive, body: []byte(doc(`"id":"j1","replyTo":"otp.v1.reply.` + strings.Repeat("a", 300) + `"`)), outcome: schema.OutcomeInvalid, field: "replyTo"},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, nil, func(t *testing.T, r *rig) {
				nc := r.raw()
				defer nc.Close()
				wild, err := nc.SubscribeSync(">")
				if err != nil {
					t.Fatal(err)
				}
				r.startWorker()
				msg := &nats.Msg{Subject: c.subject, Data: c.body, Header: nats.Header{}}
				if c.msgID != "" {
					msg.Header.Set(nats.MsgIdHdr, c.msgID)
				}
				if err := nc.PublishMsg(msg); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				r.publish(job("next", goodNumber))
				time.Sleep(time.Second)
				results := r.results()
				want(t, results["next"], schema.OutcomeSent, "sent", 1)
				checkAnswer(t, r, results["j1"], c.outcome, c.field, c.note)
				r.drained()
				noForeignPublishes(t, wild)
			})
		})
	}
}

func checkAnswer(t *testing.T, r *rig, got schema.Result, outcome schema.Outcome, field, note string) {
	t.Helper()
	if got.Outcome != outcome {
		t.Errorf("outcome %q (%s %v), want %q", got.Outcome, got.Reason, got.Faults, outcome)
	}
	if outcome == schema.OutcomeInvalid && !schema.Faults(got.Faults).On(field) {
		t.Errorf("faults %v, want one on %s", got.Faults, field)
	}
	if note != "" && !strings.Contains(strings.Join(got.Notes, " "), note) {
		t.Errorf("notes %v, want %q", got.Notes, note)
	}
	wantDead := 0
	if outcome == schema.OutcomeInvalid || outcome == "" {
		wantDead = 1
	}
	dead := r.deadLetters()
	if len(dead) != wantDead {
		t.Fatalf("%d dead letters, want %d", len(dead), wantDead)
	}
	if wantDead == 1 && !schema.Faults(dead[0].Faults).On(field) {
		t.Errorf("dead letter's faults %v, want one on %s", dead[0].Faults, field)
	}
}

// deadLetters reads what the dead letter stream holds.
func (r *rig) deadLetters() []schema.DeadLetter {
	r.t.Helper()
	nc := r.raw()
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		r.t.Fatal(err)
	}
	stream, err := js.Stream(r.t.Context(), schema.StreamDead)
	if err != nil {
		r.t.Fatal(err)
	}
	var letters []schema.DeadLetter
	for seq := stream.CachedInfo().State.FirstSeq; seq <= stream.CachedInfo().State.LastSeq && seq > 0; seq++ {
		msg, err := stream.GetMsg(r.t.Context(), seq)
		if err != nil {
			r.t.Fatal(err)
		}
		letter, err := schema.DecodeDeadLetter(msg.Data)
		if err != nil {
			r.t.Fatal(err)
		}
		letters = append(letters, letter)
	}
	return letters
}

// noForeignPublishes fails the test if anything was published beside what the
// path is made of: the checker of the confused deputy.
func noForeignPublishes(t *testing.T, wild *nats.Subscription) {
	t.Helper()
	own := []string{"otp.v1.job.", "otp.v1.result.", "otp.v1.dead.", "otp.v1.reply.", "$KV.otp_ledger.", "$JS.API.CONSUMER.", "$JS.API.STREAM.INFO.", "$JS.API.STREAM.MSG.", "$JS.API.DIRECT.GET.", "$JS.API.INFO", "$JS.ACK.OTP_JOBS.", "$JS.EVENT.", "_INBOX.", "$JS.API.STREAM.NAMES"}
	for {
		pending, _, err := wild.Pending()
		if err != nil || pending == 0 {
			return
		}
		msg, err := wild.NextMsgWithContext(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ok := false
		for _, prefix := range own {
			ok = ok || strings.HasPrefix(msg.Subject, prefix)
		}
		if !ok {
			t.Errorf("published on %s", msg.Subject)
		}
	}
}

func TestReplyGoesToTheAppThatWaits(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		result, err := r.queue.SendAndWait(t.Context(), schema.LaneInteractive, job("j1", goodNumber))
		if err != nil {
			t.Fatal(err)
		}
		want(t, result, schema.OutcomeSent, "sent", 1)
		if len(result.Notes) != 0 {
			t.Errorf("notes %v", result.Notes)
		}
		if _, err := r.queue.SendAndWait(t.Context(), schema.LaneInteractive, job("j1", goodNumber)); !errors.Is(err, queue.ErrDuplicate) {
			t.Errorf("a duplicate id: %v", err)
		}
	})
}
