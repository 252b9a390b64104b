package batchfile

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server/ats"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// TestMain starts the server's one global ticker before any bubble.
func TestMain(m *testing.M) {
	ats.Register()
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

// A rig is a real queue without workers: the test is the worker.
type rig struct {
	t     *testing.T
	queue *queue.Queue
	jobs  jetstream.Stream
	taken jetstream.Consumer
}

const id = "friday"

// inVirtualTime runs test in a bubble.
func inVirtualTime(t *testing.T, test func(*testing.T, *rig)) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	synctest.Test(t, func(t *testing.T) {
		server, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Stop()
		r := &rig{t: t}
		cfg := queue.DefaultConfig()
		cfg.Options = []nats.Option{server.InProcess()}
		if r.queue, err = queue.Connect(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		if err := r.queue.Provision(t.Context()); err != nil {
			t.Fatal(err)
		}
		nc, err := nats.Connect("", server.InProcess())
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		r.open(nc)
		test(t, r)
		if err := r.queue.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (r *rig) open(nc *nats.Conn) {
	js, err := jetstream.New(nc)
	if err == nil {
		r.jobs, err = js.Stream(r.t.Context(), schema.StreamJobs)
	}
	if err == nil {
		r.taken, err = r.jobs.CreateConsumer(r.t.Context(), jetstream.ConsumerConfig{
			Durable: "test", AckPolicy: jetstream.AckExplicitPolicy, FilterSubject: schema.BatchJobSubject(app, id),
		})
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// file is a checked file of rows.
func (r *rig) file(rows int) *File {
	r.t.Helper()
	var text strings.Builder
	text.WriteString("to,code\n")
	for n := range rows {
		fmt.Fprintf(&text, "86138%08d,%d\n", n, n)
	}
	f, _ := checked(r.t, text.String(), plain())
	return f
}

// A sending is a Send that runs.
type sending struct {
	stop  context.CancelCauseFunc
	ended chan error
}

func (r *rig) send(f *File, o SendOptions) *sending {
	r.t.Helper()
	plan, err := NewPlan(r.t.Context(), r.queue, f, id)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, stop := context.WithCancelCause(r.t.Context())
	s := &sending{stop: stop, ended: make(chan error, 1)}
	go func() { s.ended <- Send(ctx, r.queue, f, plan, o) }()
	return s
}

// answer works off n jobs: each gets its result and leaves the queue.
func (r *rig) answer(n int) (ids []string) {
	r.t.Helper()
	messages, err := r.taken.Fetch(n, jetstream.FetchMaxWait(time.Second))
	if err != nil {
		r.t.Fatal(err)
	}
	for msg := range messages.Messages() {
		job, err := schema.DecodeJob(msg.Data())
		if err != nil || msg.Headers().Get(jetstream.MsgIDHeader) != job.ID {
			r.t.Fatalf("%v, %v", msg.Headers(), err)
		}
		result := schema.Result{
			ID: schema.ResultID(job.ID), JobID: job.ID, AppID: app, Lane: schema.LaneBatch, BatchID: job.BatchID,
			Outcome: schema.OutcomeSent, Reason: "sent", CompletedAt: time.Now(),
		}
		if err := r.queue.PublishBatchResult(r.t.Context(), id, result); err != nil {
			r.t.Fatal(err)
		}
		if err := msg.DoubleAck(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
		ids = append(ids, job.ID)
	}
	return ids
}

func (r *rig) status() queue.BatchStatus {
	r.t.Helper()
	s, err := count(r.t.Context(), r.queue, id)
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

func (r *rig) move(to queue.BatchState) {
	r.t.Helper()
	if _, err := r.queue.ChangeBatch(r.t.Context(), id, func(b *queue.Batch) error { return b.Move(to) }); err != nil {
		r.t.Fatal(err)
	}
}
