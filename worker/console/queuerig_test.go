package console_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/schema/seal"
	"github.com/otpworker/otpworker/worker/console"
	"github.com/otpworker/otpworker/worker/queue"
)

// A queueRig is a page over a real queue, and a reader who has given the token.
type queueRig struct {
	*testing.T
	queue *queue.Queue
	js    jetstream.JetStream
	page  *console.Page
	in    func(*http.Request)
	log   *bytes.Buffer
}

// onQueue runs test in virtual time.
func onQueue(t *testing.T, test func(*testing.T, *queueRig)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t, dir)
		defer r.close()
		test(t, r.queueRig)
	})
}

// An openedRig is one that has to be closed.
type openedRig struct {
	*queueRig
	server *queue.Embedded
	nc     *nats.Conn
}

func openRig(t *testing.T, dir string) openedRig {
	t.Helper()
	server, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	cfg := queue.DefaultConfig()
	cfg.Options = []nats.Option{server.InProcess()}
	q, err := queue.Connect(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect("", server.InProcess())
	if err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	p := page(t, func(c *console.Config) {
		c.Queue, c.Log = func() *queue.Queue { return q }, slog.New(slog.NewTextHandler(&log, nil))
	})
	return openedRig{queueRig: &queueRig{T: t, queue: q, js: js, page: p, in: logIn(t, p), log: &log}, server: server, nc: nc}
}

func (r openedRig) close() {
	r.nc.Close()
	if err := r.queue.Close(); err != nil {
		r.Error(err)
	}
	r.server.Stop()
}

// get reads a page as somebody who has not logged in.
func (r *queueRig) get(target string) reply { return ask(r.page, "GET", target, nil, nil) }

// post sends a form as somebody who has logged in.
func (r *queueRig) post(target string, form url.Values) reply {
	return ask(r.page, "POST", target, form, r.in)
}

// holds fails the test unless a stream holds n messages.
func (r *queueRig) holds(stream string, n uint64) {
	r.Helper()
	s, err := r.js.Stream(r.Context(), stream)
	if err != nil {
		r.Fatal(err)
	}
	if got := s.CachedInfo().State.Msgs; got != n {
		r.Errorf("%s holds %d messages, want %d", stream, got, n)
	}
}

// number and secret must never be seen.
const number, secret = "8613800138000", "739154"

// letterOf is the letter of a job that was made just now, and can be replayed
// for five minutes.
func (r *queueRig) letterOf(id string) schema.DeadLetter { return letterOf(r.T, "app1", id) }

func letterOf(t *testing.T, appID, id string) schema.DeadLetter {
	t.Helper()
	now := time.Now().UTC()
	job := schema.Job{ID: id, AppID: appID, Code: redact.NewCode(secret), To: redact.NewPhone(number), CreatedAt: now}
	data, err := job.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return schema.DeadLetter{
		ID: "dead-" + id, JobID: id, AppID: appID, Lane: schema.LaneBatch, Reason: "http_4xx", Outcome: schema.OutcomeRejected,
		Status: "404", Attempts: 1, Deliveries: 2, Subject: schema.JobSubject(schema.LaneBatch, appID), Sequence: 7,
		Payload: redact.NewPayload(data), PayloadBytes: len(data), QueuedAt: now, DiedAt: now.Add(time.Second), Worker: "w1",
	}
}

// sealedLetterOf has a job whose app has sealed it.
func (r *queueRig) sealedLetterOf(id string) schema.DeadLetter {
	r.Helper()
	_, public, err := seal.NewSeed()
	if err != nil {
		r.Fatal(err)
	}
	letter := r.letterOf(id)
	job, err := schema.DecodeJob([]byte(letter.Payload.Reveal()))
	if err == nil {
		job, err = seal.Seal(public, job)
	}
	if err != nil {
		r.Fatal(err)
	}
	data, err := job.Encode()
	if err != nil {
		r.Fatal(err)
	}
	letter.Payload, letter.PayloadBytes = redact.NewPayload(data), len(data)
	return letter
}

// bury stores letters, from sequence 1 on.
func (r *queueRig) bury(letters ...schema.DeadLetter) {
	r.Helper()
	for _, l := range letters {
		if err := r.queue.PublishDead(r.Context(), l); err != nil {
			r.Fatal(err)
		}
	}
}
