package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
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
	q := provisionedQueue(t)
	s := &sending{
		cmd: cmd, queue: q, published: 1, followed: followJobs(t.Context(), q, 0, nil),
		lastExpiry: time.Now().Add(100*time.Millisecond - time.Minute),
	}
	s.followed.expect("j1")
	err := s.conclude(t.Context())
	var f *failure
	if !errors.As(err, &f) || f.code != exitTimeout || !errors.Is(err, queue.ErrNoResult) {
		t.Errorf("got %v, want exit code %d", err, exitTimeout)
	}
}

// Who feeds rows one by one sees the result of each before the next is there.
func TestResultsComeWhileRowsAreRead(t *testing.T) {
	cmd := &cobra.Command{}
	cmd.SetErr(io.Discard)
	q := provisionedQueue(t)
	screen, out := io.Pipe()
	results, err := newPrinter(out, "ndjson")
	if err != nil {
		t.Fatal(err)
	}
	rows, in := io.Pipe()
	s := &sending{cmd: cmd, queue: q, lane: schema.LaneBatch, followed: followJobs(t.Context(), q, 0, results)}
	done := make(chan error, 1)
	go func() {
		done <- errors.Join(s.publish(t.Context(), rows, schema.Job{AppID: "myapp01"}), s.conclude(t.Context()))
	}()
	lines := bufio.NewScanner(screen)
	for _, id := range []string{"j1", "j2", "j3"} {
		if _, err := fmt.Fprintf(in, `{"id":%q,"to":"8613800138000","code":"739154"}`+"\n", id); err != nil {
			t.Fatal(err)
		}
		if err := q.PublishResult(t.Context(), schema.Result{
			ID: schema.ResultID(id), JobID: id, AppID: "myapp01", Lane: schema.LaneBatch, Outcome: schema.OutcomeSent, CompletedAt: time.Now(),
		}); err != nil {
			t.Fatal(err)
		}
		if !lines.Scan() || !strings.Contains(lines.Text(), `"jobId":"`+id+`"`) {
			t.Fatalf("printed %q, %v", lines.Text(), lines.Err())
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil || s.published != 3 {
		t.Errorf("%d published, %v", s.published, err)
	}
}

// An id on two rows is one job, and its result is waited for.
func TestAnIDOnTwoRowsKeepsItsWait(t *testing.T) {
	var told, screen strings.Builder
	cmd := &cobra.Command{}
	cmd.SetErr(&told)
	q := provisionedQueue(t)
	results, err := newPrinter(&screen, "table")
	if err != nil {
		t.Fatal(err)
	}
	s := &sending{cmd: cmd, queue: q, lane: schema.LaneBatch, followed: followJobs(t.Context(), q, 0, results)}
	rows := "id,to,code\nw1,15552800001,1111\nw1,15552800001,1111\n"
	if err := s.publish(t.Context(), strings.NewReader(rows), schema.Job{AppID: "myapp01"}); err != nil {
		t.Fatal(err)
	}
	if err := q.PublishResult(t.Context(), schema.Result{
		ID: schema.ResultID("w1"), JobID: "w1", AppID: "myapp01", Lane: schema.LaneBatch, Outcome: schema.OutcomeRejected, Reason: "phone_limit", CompletedAt: time.Now(),
	}); err != nil {
		t.Fatal(err)
	}
	err = s.conclude(t.Context())
	var f *failure
	if !errors.As(err, &f) || f.code != exitFailed || err.Error() != "1 job not sent, 0 bad rows" {
		t.Errorf("got %v, want exit code %d", err, exitFailed)
	}
	if want := "1 job published, 1 result: 1 rejected; 1 was queued already\n"; told.String() != want {
		t.Errorf("it says %q, want %q", told.String(), want)
	}
	if strings.Count(screen.String(), "w1 ") != 1 {
		t.Errorf("it prints %q", screen.String())
	}
}

// A server that is restarted while rows are read costs no row.
func TestSendOutlastsTheServer(t *testing.T) {
	warnings, out := io.Pipe()
	cmd := &cobra.Command{}
	cmd.SetErr(out)
	conf := queue.EmbeddedConfig{Dir: t.TempDir(), Listen: "127.0.0.1:0"}
	server, err := queue.StartEmbedded(conf)
	if err != nil {
		t.Fatal(err)
	}
	cfg := queue.DefaultConfig()
	cfg.URL = server.URL()
	conf.Listen = strings.TrimPrefix(cfg.URL, "nats://")
	q, err := queue.Connect(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = q.Close() }()
	if err := q.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &sending{cmd: cmd, queue: q, lane: schema.LaneBatch}
	rows, in := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- s.publish(t.Context(), rows, schema.Job{AppID: "myapp01"}) }()
	write := func(id string) {
		if _, err := fmt.Fprintf(in, `{"id":%q,"to":"8613800138000","code":"739154"}`+"\n", id); err != nil {
			t.Error(err)
		}
	}
	write("j1")
	write("j2") // is read when the first is in the queue
	server.Stop()
	go func() { // its reader may wait for the server
		write("j3")
		_ = in.Close()
	}()
	told := bufio.NewScanner(warnings)
	if !told.Scan() || !strings.Contains(told.Text(), "trying on for 1m0s") {
		t.Errorf("it says %q", told.Text())
	}
	go func() { _, _ = io.Copy(io.Discard, warnings) }()
	defer func() { _ = out.Close() }()
	if server, err = queue.StartEmbedded(conf); err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	if err := <-done; err != nil || s.published != 3 {
		t.Errorf("%d published, %v", s.published, err)
	}
	if left, err := q.Waiting(t.Context()); err != nil || left != 3 {
		t.Errorf("%d in the queue, %v", left, err)
	}
}
