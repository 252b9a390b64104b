package main

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/doctor"
	"github.com/otpworker/otpworker/worker/queue"
)

// On a server of just deploy/nats each role does its work with its own rights,
// nothing is refused to it, and the worker's check finds every right. The
// second form of acks is what servers from 2.14 on can be told to use.
func TestNATSRolesDoTheirWork(t *testing.T) {
	for name, flags := range map[string]map[string]bool{
		"first form of acks":  nil,
		"second form of acks": {server.FeatureFlagJsAckFormatV2: true},
	} {
		t.Run(name, func(t *testing.T) {
			keys := installation(t)
			opts := natsOptions(t, serverConf, "nats-0")
			opts.FeatureFlags = flags
			url := startNATS(t, opts).ClientURL()
			operator := identity(url, keys, "operator")
			if out := asOperator(t, operator, "streams", "--apply"); !strings.Contains(out, "KV_otp_ledger is as it should be, copies: 1") {
				t.Errorf("streams --apply: %s", out)
			}
			_, provider := startSandbox(t)
			seen := startWorker(t, append(identity(url, keys, "worker"), provider...))

			wantRights(t, append(identity(url, keys, "worker"), provider...))
			appSends(t, identity(url, keys, "app"))
			batchSends(t, identity(url, keys, "batch"), 20)
			batchWatches(t, dialRole(t, url, keys, "batch"), dialRole(t, url, keys, "worker"))
			deadLetterIsMended(t, dialRole(t, url, keys, "app"), operator)
			workersAreSeen(t, seen, dialRole(t, url, keys, "operator"), operator)
		})
	}
}

func wantRights(t *testing.T, environ []string) {
	t.Helper()
	q, s := connectRole(t, environ)
	for _, check := range doctor.Examine(t.Context(), doctor.Patient{Worker: s.Worker, Queue: s.Queue, Broker: q}) {
		if check.State == doctor.Fail || strings.HasPrefix(check.Name, "right: ") && check.State != doctor.OK {
			t.Errorf("doctor: %s: %s", check.Name, check.Detail)
		}
	}
}

func appSends(t *testing.T, environ []string) {
	t.Helper()
	q, _ := connectRole(t, environ)
	result, err := q.SendAndWait(t.Context(), schema.LaneInteractive, otpJob("login-1"))
	if err != nil || result.Outcome != schema.OutcomeSent {
		t.Errorf("%+v, %v", result, err)
	}
}

func batchSends(t *testing.T, environ []string, n int) {
	t.Helper()
	q, _ := connectRole(t, environ)
	last, err := q.LastResult(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := q.Publish(t.Context(), schema.LaneBatch, otpJob("row-"+strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
	sent := map[string]bool{}
	for result, err := range q.Results(t.Context(), queue.Follow{After: last}) {
		if err != nil || result.Outcome != schema.OutcomeSent {
			t.Fatalf("%+v, %v", result, err)
		}
		if sent[result.JobID] = true; len(sent) == n {
			break
		}
	}
}

// batchWatches has the batch sender write a batch's record and the worker see it.
func batchWatches(t *testing.T, sender, watcher *nats.Conn) {
	t.Helper()
	bucket := func(nc *nats.Conn) jetstream.KeyValue {
		js, err := jetstream.New(nc)
		if err != nil {
			t.Fatal(err)
		}
		kv, err := js.KeyValue(t.Context(), schema.BucketBatches)
		if err != nil {
			t.Fatal(err)
		}
		return kv
	}
	watch, err := bucket(watcher).WatchAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	revision, err := bucket(sender).Create(t.Context(), "b1", []byte(`{}`))
	if err == nil {
		_, err = bucket(sender).Update(t.Context(), "b1", []byte(`{"id":"b1"}`), revision)
	}
	if err != nil {
		t.Fatal(err)
	}
	for entry := range watch.Updates() {
		if entry != nil && string(entry.Value()) == `{"id":"b1"}` {
			break
		}
	}
	if err := watch.Stop(); err != nil {
		t.Error(err)
	}
	for _, nc := range []*nats.Conn{sender, watcher} {
		if err := nc.Flush(); err != nil || nc.LastError() != nil {
			t.Errorf("%v, %v", err, nc.LastError())
		}
	}
}

// deadLetterIsMended publishes what is no job, and has the operator look at its
// letter and discard it.
func deadLetterIsMended(t *testing.T, app *nats.Conn, operator []string) {
	t.Helper()
	if _, err := app.Request("otp.v1.job.interactive.myapp01", []byte("no job"), 5*time.Second); err != nil {
		t.Fatal(err)
	}
	if !until(func() bool { return strings.Contains(asOperator(t, operator, "dead", "ls"), "invalid") }) {
		t.Fatal("no dead letter")
	}
	asOperator(t, operator, "dead", "discard", "--all", "--yes")
	if out := asOperator(t, operator, "dead", "ls"); strings.Contains(out, "invalid") {
		t.Errorf("the letter is still there: %s", out)
	}
	if out := asOperator(t, operator, "results", "--once"); !strings.Contains(out, "login-1") {
		t.Errorf("results: %s", out)
	}
}

// workersAreSeen has a worker look at the fleet, and the operator: with top, and as
// the nats command does.
func workersAreSeen(t *testing.T, seen *operator, nc *nats.Conn, operator []string) {
	t.Helper()
	if o, err := seen.overview(t.Context()); err != nil || len(o.Faults) > 0 || len(o.Workers) != 1 {
		t.Errorf("a worker sees %+v, %v", o, err)
	}
	if out := asOperator(t, operator, "top", "--once"); !strings.Contains(out, " 1 worker\n") || !strings.Contains(out, "dead letters         0") {
		t.Errorf("top: %s", out)
	}
	asOperator(t, operator, "batch", "ls")
	for _, subject := range []string{"$SRV.PING", "$SRV.INFO.otpworker", "$SRV.STATS.otpworker"} {
		answer, err := nc.Request(subject, nil, 5*time.Second)
		if err != nil || !strings.Contains(string(answer.Data), `"name":"otpworker"`) {
			t.Errorf("%s: %v", subject, err)
		}
	}
}
