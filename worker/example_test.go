package worker_test

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// A worker with its own queue, the sandbox as the provider, and an app that
// sends one code and waits for the answer.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	dir, err := os.MkdirTemp("", "otpworker-example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	server, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: dir})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Stop()
	qc := queue.DefaultConfig()
	qc.Options = append(qc.Options, server.InProcess())
	q, err := queue.Connect(ctx, qc)
	if err != nil {
		log.Fatal(err)
	}
	defer q.Close()
	if err := q.Provision(ctx); err != nil {
		log.Fatal(err)
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	box := sandbox.New(sandbox.Config{})
	served := make(chan error, 1)
	go func() { served <- box.Serve(listener) }()
	pc := client.DefaultConfig()
	pc.BaseURL = "http://" + listener.Addr().String() + "/otp"
	pc.APIKey = redact.NewSecret(sandbox.DefaultKey)
	pc.APISecret = redact.NewSecret(sandbox.DefaultSecret)
	provider, err := client.New(pc)
	if err != nil {
		log.Fatal(err)
	}

	w, err := worker.New(worker.DefaultConfig(), q, provider)
	if err != nil {
		log.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()

	result, err := q.SendAndWait(ctx, schema.LaneInteractive, schema.Job{
		ID:    "login-8f3a",
		AppID: "myapp01",
		Code:  redact.NewCode("493817"),
		To:    redact.NewPhone("8613800138000"),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Outcome, result.Attempts, len(box.Sends("login-8f3a")))

	stop()
	if err := <-done; err != nil {
		log.Fatal(err)
	}
	provider.Close()
	if err := box.Close(); err != nil {
		log.Fatal(err)
	}
	if err := <-served; err != nil {
		log.Fatal(err)
	}
	// Output: sent 1 1
}
