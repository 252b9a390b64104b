package stats_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
	"github.com/otpworker/otpworker/worker/stats"
)

// onQueue runs test with connections to a real server with the streams on it.
func onQueue(t *testing.T, test func(connect func() *queue.Queue)) {
	t.Helper()
	server, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	var open []*queue.Queue
	connect := func() *queue.Queue {
		cfg := queue.DefaultConfig()
		cfg.Options = append(cfg.Options, server.InProcess())
		q, err := queue.Connect(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, q)
		return q
	}
	if err := connect().Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	test(connect)
	for _, q := range open {
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	}
}

// show has a worker in a condition shown through a connection of its own.
func show(t *testing.T, q *queue.Queue, c worker.Condition) *stats.Collector {
	t.Helper()
	collector := stats.NewCollector("v1.2.3")
	collector.Watch((*fakeWorker)(&c))
	if _, err := q.Announce(t.Context(), queue.Presence{
		Version: "v1.2.3", Brief: func() any { return collector.Brief() }, Whole: func() any { return collector.Snapshot() },
	}); err != nil {
		t.Fatal(err)
	}
	return collector
}

func otp(id, app string) schema.Job {
	return schema.Job{ID: id, AppID: app, Code: redact.NewCode("730519"), To: redact.NewPhone("8613877731901")}
}

// An overview is the queue and all workers, and holds nothing of a job.
func TestLook(t *testing.T) {
	onQueue(t, func(connect func() *queue.Queue) {
		q := connect()
		for lane, jobs := range map[schema.Lane][]schema.Job{
			schema.LaneInteractive: {otp("j1", "app1"), otp("j2", "app2"), otp("j3", "app2")}, schema.LaneBatch: {otp("j4", "app1")},
		} {
			for _, job := range jobs {
				if err := q.Publish(t.Context(), lane, job); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, id := range []string{"open", "over"} {
			if _, err := q.CreateBatch(t.Context(), queue.Batch{ID: id, AppID: "app1", Rows: 10}); err != nil {
				t.Fatal(err)
			}
		}
		finish(t, q, "over")
		letter := schema.DeadLetter{ID: "dead-1", JobID: "j9", AppID: "app1", Reason: "invalid", DiedAt: time.Now()}
		if err := q.PublishDead(t.Context(), letter); err != nil {
			t.Fatal(err)
		}
		two := show(t, connect(), worker.Condition{Worker: "w2", Phase: worker.PhaseWorking})
		one := show(t, connect(), worker.Condition{Worker: "w1", Phase: worker.PhaseDraining})
		one.Observe(result(schema.OutcomeSent, "sent", time.Second))
		two.Observe(result(schema.OutcomeSent, "sent", time.Second))
		two.Observe(result(schema.OutcomeExpired, "rate_limited", time.Second))

		o := stats.Look(t.Context(), q)
		if len(o.Faults) > 0 {
			t.Fatalf("%+v", o.Faults)
		}
		if l := o.Lanes[schema.LaneInteractive]; l.Jobs != 3 || l.Queues != 2 || o.Lanes[schema.LaneBatch].Jobs != 1 {
			t.Errorf("lanes %+v", o.Lanes)
		}
		if o.DeadLetters != 1 || o.Dead["invalid"] != 1 {
			t.Errorf("dead letters %v", o.Dead)
		}
		if len(o.Batches) != 1 || o.Batches[0].ID != "open" || o.Batches[0].Unpublished != 10 || o.MoreBatches != 0 {
			t.Errorf("batches %+v", o.Batches)
		}
		if len(o.Workers) != 2 || o.Workers[0].Worker != "w1" || o.Workers[0].State != worker.PhaseDraining || o.Workers[1].Worker != "w2" || o.Workers[1].Seconds == nil {
			t.Errorf("workers %+v", o.Workers)
		}
		if want := (stats.Counts{Sent: 2, Expired: 1}); o.Total != want || o.LastMinute != want {
			t.Errorf("total %+v, last minute %+v", o.Total, o.LastMinute)
		}
		data, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"730519", "13877731901"} {
			if strings.Contains(string(data), secret) {
				t.Errorf("%s is in %s", secret, data)
			}
		}
	})
}

func finish(t *testing.T, q *queue.Queue, id string) {
	t.Helper()
	all, err := q.Batches(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(b queue.Batch) bool { return b.ID == id })
	s, err := q.BatchStatus(t.Context(), all[i])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.FinishBatch(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

// What is not there is a fault of its part; the rest is shown.
func TestLookWithoutStreams(t *testing.T) {
	server, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	cfg := queue.DefaultConfig()
	cfg.Options = append(cfg.Options, server.InProcess())
	q, err := queue.Connect(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	show(t, q, worker.Condition{Worker: "w1"})
	o := stats.Look(t.Context(), q)
	var parts []string
	for _, f := range o.Faults {
		parts = append(parts, f.Part)
	}
	if !slices.Equal(parts, []string{"dead", "lanes"}) || len(o.Workers) != 1 || o.Batches == nil {
		t.Errorf("faults %+v, workers %+v", o.Faults, o.Workers)
	}
	if err := q.Close(); err != nil {
		t.Error(err)
	}
}

// A scope that several workers hold is one, since the first and until the last.
func TestOverviewBreakers(t *testing.T) {
	at := func(s int) time.Time { return time.Date(2026, 11, 22, 3, 0, s, 0, time.UTC) }
	open := func(scope worker.Scope, app string, since, until int) stats.Breaker {
		return stats.Breaker{Scope: scope, AppID: app, State: "open", Since: at(since), Until: at(until), Reason: "not_sent"}
	}
	o := stats.Overview{Workers: []stats.Snapshot{
		{Breakers: []stats.Breaker{open("app", "app2", 1, 50), open("provider", "", 20, 30), {Scope: "account", State: "closed"}}},
		{Breakers: []stats.Breaker{open("provider", "", 10, 25), open("app", "app1", 1, 50), {Scope: "account", State: "half-open", Since: at(5)}}},
	}}
	account := stats.HeldScope{Breaker: stats.Breaker{Scope: "account", State: "half-open", Since: at(5)}, Workers: 1}
	want := []stats.HeldScope{
		{Breaker: open("provider", "", 10, 30), Workers: 2}, account,
		{Breaker: open("app", "app1", 1, 50), Workers: 1}, {Breaker: open("app", "app2", 1, 50), Workers: 1},
	}
	if diff := cmp.Diff(want, o.Breakers()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Many who ask at once share one look; a second later there is a new one. Who goes
// away does not spoil it for the others.
func TestSharedLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		onQueue(t, func(connect func() *queue.Queue) {
			q := connect()
			shared := stats.NewShared()
			began := time.Now()
			for _, want := range []time.Duration{0, 0, 0, time.Second} {
				if want > 0 {
					time.Sleep(want)
				}
				gone, cancel := context.WithCancel(t.Context())
				if want == 0 {
					cancel()
				}
				o, err := shared.Look(gone, q)
				cancel()
				if err != nil && want > 0 || err == nil && (len(o.Faults) > 0 || o.At.Sub(began) != want) {
					t.Errorf("a look of %s, %v: %+v", o.At.Sub(began), err, o.Faults)
				}
			}
		})
	})
}
