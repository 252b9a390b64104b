package worker_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// A producer that publishes everything again, after the broker's memory of ids
// is over and while the codes are still alive, gets an answer for each and no
// second message.
func TestAllJobsRepeated(t *testing.T) {
	const jobs = 500
	inWorld(t, nil, func(t *testing.T, w *world) {
		w.provider.misbehave(1, odds{lostAnswer: 50, late: 12 * time.Second, latency: 100 * time.Millisecond})
		replies, err := w.nc.SubscribeSync("otp.v1.reply.>")
		if err != nil {
			t.Fatal(err)
		}
		w.start("w1")
		again := repeatable(jobs)
		for range 2 {
			for _, j := range again {
				w.enqueue(schema.LaneBatch, "app1", j)
			}
			w.emptied(5 * time.Minute)
			time.Sleep(11 * time.Minute)
		}
		a := w.audit()
		if !a.clean() || a.jobs != jobs || a.outcomes[schema.OutcomeSent] != jobs {
			t.Error(a)
		}
		for id, r := range w.allResults() {
			if len(r) != 2 || r[0].VerificationID != r[1].VerificationID || r[0].CompletedAt != r[1].CompletedAt {
				t.Errorf("%s: the repeat was not given the first answer: %+v", id, r)
			}
		}
		if n, _, err := replies.Pending(); err != nil || n != 2*jobs {
			t.Errorf("%d answers to %d publishes (%v)", n, 2*jobs, err)
		}
		t.Logf("%d jobs published twice: %d messages, virtual time %s", jobs, w.box.Stats().Accepted, time.Since(epoch).Round(time.Second))
	})
}

// repeatable are jobs whose codes outlive the broker's memory.
func repeatable(n int) []schema.Job {
	jobs := make([]schema.Job, n)
	for i := range jobs {
		jobs[i] = job(fmt.Sprintf("j%d", i), goodNumber)
		jobs[i].CreatedAt, jobs[i].TTLSeconds = time.Now(), 3600
		jobs[i].ReplyTo = "otp.v1.reply." + jobs[i].ID
	}
	return jobs
}

// The same after a restart of the broker, which forgets the ids of jobs that
// have left the queue. In real time: the broker's store compares ages with the wall
// clock, also in a bubble.
func TestAllJobsRepeatedAfterARestart(t *testing.T) {
	const jobs = 500
	dir := t.TempDir()
	box := sandbox.New(sandbox.Config{})
	pipe := sandbox.Pipe()
	go func() { _ = box.Serve(pipe) }()
	defer func() { _ = box.Close() }()
	again := repeatable(jobs)
	for round := range 2 {
		server, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		answers := serve(t, server, pipe, again)
		for _, j := range again {
			if n := answers[j.ID]; n != 1 {
				t.Errorf("round %d: job %s has %d answers", round+1, j.ID, n)
			}
		}
		server.Stop()
	}
	if s := box.Stats(); s.Accepted != jobs || s.Repeats != 0 {
		t.Errorf("%d messages, %d of them twice", s.Accepted, s.Repeats)
	}
}

// serve publishes jobs, works them off and returns the answers by job.
func serve(t *testing.T, server *queue.Embedded, pipe *sandbox.PipeListener, jobs []schema.Job) map[string]int {
	t.Helper()
	cfg := queue.DefaultConfig()
	cfg.Options = []nats.Option{server.InProcess()}
	q, err := queue.Connect(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = q.Close() }()
	if err := q.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect("", server.InProcess())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	replies, err := nc.SubscribeSync("otp.v1.reply.>")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel() // with a context: the timers that the library keeps may be of a bubble
	if err := nc.FlushWithContext(ctx); err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		if err := q.Publish(t.Context(), schema.LaneInteractive, j); err != nil {
			t.Fatal(err)
		}
	}
	defer runReal(t, q, pipe)()
	answers := map[string]int{}
	for range jobs {
		msg, err := replies.NextMsgWithContext(ctx)
		if err != nil {
			t.Fatal(err)
		}
		r, err := schema.DecodeResult(msg.Data)
		if err != nil || r.Outcome != schema.OutcomeSent {
			t.Errorf("answer %+v: %v", r, err)
		}
		answers[r.JobID]++
	}
	return answers
}

// runReal runs a worker in real time until the function it returns is called.
func runReal(t *testing.T, q *queue.Queue, pipe *sandbox.PipeListener) (stop func()) {
	t.Helper()
	cc := client.DefaultConfig()
	cc.BaseURL, cc.Dial = "http://localhost/otp", pipe.Dial
	cc.APIKey, cc.APISecret = redact.NewSecret(sandbox.DefaultKey), redact.NewSecret(sandbox.DefaultSecret)
	provider, err := client.New(cc)
	if err != nil {
		t.Fatal(err)
	}
	w, err := worker.New(worker.DefaultConfig(), q, provider)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run worker: %v", err)
		}
		provider.Close()
	}
}
