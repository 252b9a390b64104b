package worker_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// BenchmarkPipeline is a job from its publish to its result. Broker, provider
// and producer are in it: all run in this process. otpworker bench tells them
// apart.
func BenchmarkPipeline(b *testing.B) {
	for _, ledger := range []worker.Switch{worker.Off, worker.On} {
		b.Run("ledger="+string(ledger), func(b *testing.B) { benchPipeline(b, ledger) })
	}
}

// benchAhead is how many jobs are on their way at once.
const benchAhead = 512

func benchPipeline(b *testing.B, ledger worker.Switch) {
	server, err := startUnsynced(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer server.Stop()
	free := make(chan struct{}, benchAhead)
	for range benchAhead {
		free <- struct{}{}
	}
	stop := benchWorker(b, server, ledger, func(e worker.Event) {
		if e.Kind != worker.KindResult {
			return
		}
		if e.Result.Outcome != schema.OutcomeSent {
			b.Errorf("%s: %s", e.JobID, e.Result.Outcome)
		}
		free <- struct{}{}
	})
	defer stop()
	nc, err := nats.Connect("", server.InProcess())
	if err != nil {
		b.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		b.Fatal(err)
	}

	b.ReportAllocs()
	n := 0
	for b.Loop() {
		<-free
		n++
		benchPublish(b, js, n)
	}
	for range benchAhead {
		<-free
	}
}

func benchPublish(b *testing.B, js jetstream.JetStream, n int) {
	job := schema.Job{
		ID: fmt.Sprintf("bench-%08d", n), AppID: "benchapp", Code: redact.NewCode("739154"), To: redact.NewPhone(goodNumber),
		TTLSeconds: 600, Metadata: map[string]string{"user": "u-1"},
	}
	data, err := job.Encode()
	if err != nil {
		b.Fatal(err)
	}
	msg := &nats.Msg{Subject: schema.JobSubject(schema.LaneBatch, job.AppID), Data: data}
	if _, err := js.PublishMsgAsync(msg, jetstream.WithMsgID(job.ID)); err != nil {
		b.Fatal(err)
	}
}

// benchWorker runs a worker with the default slots before the least provider.
func benchWorker(b *testing.B, server broker, ledger worker.Switch, observe func(worker.Event)) (stop func()) {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		_, _ = io.WriteString(w, `{"status":"0","reason":"success","data":{"verificationId":"22206051443050000042","to":"8613800138000","channel":"sms"}}`)
	}))
	qc := queue.DefaultConfig()
	qc.Options = []nats.Option{server.InProcess()}
	q, err := queue.Connect(b.Context(), qc)
	if err != nil {
		b.Fatal(err)
	}
	if err := q.Provision(b.Context()); err != nil {
		b.Fatal(err)
	}
	cfg := worker.DefaultConfig()
	cfg.Ledger, cfg.Observe = ledger, observe
	cc := client.DefaultConfig()
	cc.BaseURL, cc.Concurrency = provider.URL+"/otp", cfg.Slots()
	cc.APIKey, cc.APISecret = redact.NewSecret("bDqJFiq9"), redact.NewSecret("7bz1lzh9")
	c, err := client.New(cc)
	if err != nil {
		b.Fatal(err)
	}
	w, err := worker.New(cfg, q, c)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
		c.Close()
		provider.Close()
		if err := q.Close(); err != nil {
			b.Error(err)
		}
	}
}
