package main

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// provisionedQueue is a server of its own with nothing in its streams.
func provisionedQueue(t *testing.T) *queue.Queue {
	t.Helper()
	server, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	cfg := queue.DefaultConfig()
	cfg.Options = append(cfg.Options, server.InProcess())
	q, err := queue.Connect(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	if err := q.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	return q
}

func TestAWaitWithoutResultsIsNoInterruption(t *testing.T) {
	cmd := &cobra.Command{}
	cmd.SetErr(io.Discard)
	s := &sending{
		cmd: cmd, queue: provisionedQueue(t), published: 1,
		waiting: map[string]bool{"j1": true}, outcomes: map[schema.Outcome]int{},
		lastExpiry: time.Now().Add(100*time.Millisecond - time.Minute),
	}
	err := s.follow(t.Context(), 0)
	var f *failure
	if !errors.As(err, &f) || f.code != exitTimeout || !errors.Is(err, queue.ErrNoResult) {
		t.Errorf("got %v, want exit code %d", err, exitTimeout)
	}
}
