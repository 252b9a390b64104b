package worker_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// A stream whose consumers took the jobs of all apps, as an earlier version had
// them, goes on with its jobs. In real time: in a bubble an update of the stream
// would compare the ages of its messages with the wall clock.
func TestStreamOfAnEarlierVersion(t *testing.T) {
	box := sandbox.New(sandbox.Config{})
	pipe := sandbox.Pipe()
	go func() { _ = box.Serve(pipe) }()
	defer func() { _ = box.Close() }()
	server, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
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
	if err := q.Publish(t.Context(), schema.LaneBatch, job("j1", goodNumber)); err != nil {
		t.Fatal(err)
	}
	shareLanes(t, server)
	if lines, err := q.Differences(t.Context()); err != nil || len(lines) != 2 || !strings.HasSuffix(lines[0], ": delete it") {
		t.Errorf("differences %q, %v", lines, err)
	}
	if err := q.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer runReal(t, q, pipe)()
	for r, err := range q.Results(t.Context(), queue.Follow{}) {
		if err != nil {
			t.Fatal(err)
		}
		want(t, r, schema.OutcomeSent, "sent", 1)
		break
	}
}

// shareLanes makes the consumers of an earlier version.
func shareLanes(t *testing.T, server *queue.Embedded) {
	t.Helper()
	nc, err := nats.Connect("", server.InProcess())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	for _, lane := range schema.Lanes() {
		_, err := js.CreateConsumer(t.Context(), schema.StreamJobs, jetstream.ConsumerConfig{
			Durable: "worker-" + string(lane), FilterSubject: schema.LaneSubjects(lane),
			AckPolicy: jetstream.AckExplicitPolicy, AckWait: 30 * time.Second,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
