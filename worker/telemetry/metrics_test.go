package telemetry

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// total adds up the points of a metric that have the labels: the count of a
// histogram, the value of another one.
func total(a metricdata.Aggregation, labels ...string) (sum float64, points int) {
	add := func(set attribute.Set, value float64) {
		for i := 0; i < len(labels); i += 2 {
			if v, ok := set.Value(attribute.Key(labels[i])); !ok || v.String() != labels[i+1] {
				return
			}
		}
		sum, points = sum+value, points+1
	}
	switch a := a.(type) {
	case metricdata.Sum[int64]:
		for _, p := range a.DataPoints {
			add(p.Attributes, float64(p.Value))
		}
	case metricdata.Gauge[float64]:
		for _, p := range a.DataPoints {
			add(p.Attributes, p.Value)
		}
	case metricdata.Histogram[float64]:
		for _, p := range a.DataPoints {
			add(p.Attributes, float64(p.Count))
		}
	}
	return sum, points
}

// moves fails unless the points of a metric with these labels add up to want.
func (r *rig) moves(want float64, m *Metric, labels ...string) {
	r.t.Helper()
	if got, _ := total(r.metrics()[m.Name], labels...); got != want {
		r.t.Errorf("%s%v is %v, want %v: %v", m.Name, labels, got, want, r.metrics()[m.Name])
	}
}

// Each outcome of a job moves its metrics.
func TestMetricsOfJobs(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.worker.BreakerFailures = 100 }, func(t *testing.T, r *rig) {
		r.publish(schema.LaneInteractive, job("good", goodNumber), job("refused", number(t, "22", 0)), job("limit", number(t, "28", 0)))
		late := job("late", goodNumber)
		late.ExpiresAt = time.Now().Add(-time.Second)
		r.publish(schema.LaneBatch, job("good-too", goodNumber), late)
		r.raw("otp.v1.job.batch.app1", []byte(`{"id":"bad","appId":"app1"}`), nats.Header{nats.MsgIdHdr: {"bad"}})
		r.await(time.Minute, "good", "refused", "limit", "late", "good-too", "bad")

		r.moves(1, mJobs, "lane", "interactive", "outcome", "sent", "reason", "sent")
		r.moves(1, mJobs, "lane", "interactive", "outcome", "rejected", "reason", "invalid_parameter")
		r.moves(1, mJobs, "lane", "interactive", "outcome", "rejected", "reason", "phone_limit")
		r.moves(1, mJobs, "lane", "batch", "outcome", "expired", "reason", "expired_in_queue")
		r.moves(1, mJobs, "lane", "batch", "outcome", "invalid")
		r.moves(6, mJobs)
		r.moves(6, mAge)
		r.moves(0, mHeldTime)
		r.moves(3, mSLO) // two sent, one expired
		r.moves(2, mGood)
		r.moves(2, mDead) // invalid, and a parameter that the provider refuses
		r.moves(6, mConsumed)
		r.moves(3, mConsumed, labelTemplate, "otp.v1.job.batch.{appId}")
		r.moves(6, mProcess, "next", "conclude")
		r.moves(6+2, mSent)
		r.moves(2, mSent, labelTemplate, deadTemplate)
		r.moves(4, mAttempts)
		r.moves(2, mAttempts, "class", "permanent")
		r.moves(4, mHTTP, "url.template", sendTemplate, "http.response.status_code", "200", "server.address", "localhost")
		r.moves(1, mHTTP, labelError, "phone_limit")
		r.moves(6, mOperation, labelOperation, "ack")
		r.moves(6+2, mOperation, labelOperation, "publish")
		if puts, _ := total(r.metrics()[mOperation.Name], labelOperation, "ledger_put"); puts < 4 {
			t.Errorf("%v claims were timed, want 4", puts)
		}
	})
}

// A slow call lies where it belongs: the SDK's own buckets begin with 0 and 5.
func TestMetricsBuckets(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.box.SetFault(sandbox.Fault{Latency: 300 * time.Millisecond})
		r.publish(schema.LaneInteractive, job("j1", goodNumber))
		r.await(time.Minute, "j1")
		for _, m := range []*Metric{mProcess, mHTTP, mOperation, mAge} {
			h, ok := r.metrics()[m.Name].(metricdata.Histogram[float64])
			if !ok || !slices.Equal(h.DataPoints[0].Bounds, m.buckets) {
				t.Errorf("%s has the buckets %v, want %v", m.Name, h.DataPoints[0].Bounds, m.buckets)
			}
		}
		calls := r.metrics()[mHTTP.Name].(metricdata.Histogram[float64]).DataPoints[0]
		if at := slices.Index(calls.Bounds, 0.5); at < 0 || calls.BucketCounts[at] != 1 {
			t.Errorf("a call of 300 ms is not in the bucket to 0.5 s: %v", calls.BucketCounts)
		}
	})
}

// What the provider says that no table has, and what it says of a lost answer.
func TestMetricsOfUnclearAnswers(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.worker.BreakerFailures = 100 }, func(t *testing.T, r *rig) {
		r.box.SetFault(sandbox.Fault{Status: "-77", Times: 1})
		r.publish(schema.LaneInteractive, job("unlisted", goodNumber))
		r.await(2*time.Minute, "unlisted")
		r.moves(1, mUnlisted, "status", "-77")
		r.moves(1, mAttempts, "class", "unknown", "reason", "unlisted")
		r.moves(1, mReconciled, "answer", "not_found")
		r.moves(1, mLag, "answer", "not_found")

		r.box.SetFault(sandbox.Fault{Drop: "after", Times: 1})
		r.publish(schema.LaneInteractive, job("lost", goodNumber))
		r.await(2*time.Minute, "lost")
		r.moves(1, mReconciled, "answer", "found")
		r.moves(1, mLag, "answer", "found")
		r.moves(1, mPrevented, "guard", "record")
		r.moves(2, mHTTP, "url.template", recordTemplate)

		r.box.SetFault(sandbox.Fault{Drop: "after", Times: 1})
		r.publish(schema.LaneInteractive, job("deaf", goodNumber))
		time.Sleep(time.Second)
		r.closeProvider()
		time.Sleep(30 * time.Second)
		r.openProvider()
		r.await(2*time.Minute, "deaf")
		if none, _ := total(r.metrics()[mReconciled.Name], "answer", "none"); none < 1 {
			t.Error("no question went without an answer")
		}
	})
}

// An outage, a refused account, an app at its limit: holds and breakers.
func TestMetricsOfHolds(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.moves(1, mBreaker, "scope", "provider", "state", "closed")
		r.closeProvider()
		r.publish(schema.LaneInteractive, job("j1", goodNumber))
		time.Sleep(40 * time.Second)
		r.moves(0, mBreaker, "scope", "provider", "state", "closed")
		r.moves(1, mBacklog, "lane", "interactive")
		if oldest, _ := total(r.metrics()[mOldest.Name], "lane", "interactive"); oldest < 30 || oldest > 41 {
			t.Errorf("the oldest job is %v s old, want about 40", oldest)
		}
		r.openProvider()
		r.await(time.Minute, "j1")
		time.Sleep(20 * time.Second)
		r.moves(1, mBreaker, "scope", "provider", "state", "closed")
		r.moves(0, mBacklog, "lane", "interactive")
		r.moves(0, mOldest, "lane", "interactive")
		r.moves(1, mTransitions, "scope", "provider", "state", "closed")
		r.moves(1, mHeldTime, "lane", "interactive")

		r.box.SetFault(sandbox.Fault{Status: "-10", Times: 1})
		r.publish(schema.LaneInteractive, job("money", goodNumber))
		time.Sleep(time.Second)
		r.moves(1, mBreaker, "scope", "account", "state", "open")
		r.await(2*time.Minute, "money")

		r.box.SetFault(sandbox.Fault{Status: "-27", Times: 1})
		r.publish(schema.LaneInteractive, job("full", goodNumber))
		time.Sleep(time.Second)
		r.moves(1, mBreaker, "scope", "app", "state", "open")
		r.await(2*time.Minute, "full")
		for _, scope := range []string{"provider", "account", "app"} {
			if n, _ := total(r.metrics()[mHolds.Name], "scope", scope, "lane", "interactive"); n < 1 {
				t.Errorf("%v holds for the %s", n, scope)
			}
			if n, _ := total(r.metrics()[mTransitions.Name], "scope", scope, "state", "open"); n < 1 {
				t.Errorf("%v times did the breaker of the %s open", n, scope)
			}
		}
	})
}

func TestMetricsOfSlots(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.worker.InteractiveSlots, s.worker.BatchSlots = 5, 7 }, func(t *testing.T, r *rig) {
		time.Sleep(time.Second)
		r.moves(7, mSlots, "lane", "batch")
		r.moves(7, mFree, "lane", "batch")
		r.box.SetFault(sandbox.Fault{Latency: 2 * time.Second})
		r.publish(schema.LaneBatch, job("j1", goodNumber), job("j2", goodNumber))
		time.Sleep(time.Second)
		r.moves(2, mInFlight, "lane", "batch")
		r.moves(5, mFree, "lane", "batch")
		r.await(time.Minute, "j1", "j2")
		r.moves(0, mInFlight)
		r.moves(12, mFree)
		if _, points := total(r.metrics()[mSkew.Name]); points != 1 {
			t.Error("no clock skew")
		}
	})
}

// No label has more values than it may, whatever jobs and provider say.
func TestMetricsAreBounded(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.worker.BreakerFailures = 1000 }, func(t *testing.T, r *rig) {
		var ids []string
		for i := range maxStatuses + 20 {
			r.box.SetFault(sandbox.Fault{Status: fmt.Sprint(-1000 - i), Times: 1})
			id := fmt.Sprintf("j%d", i)
			j := job(id, goodNumber)
			j.AppID, j.TTLSeconds = fmt.Sprintf("app%d", i), 30
			r.publish(schema.LaneInteractive, j)
			time.Sleep(time.Second)
			ids = append(ids, id)
		}
		r.await(5*time.Minute, ids...)
		sum, points := total(r.metrics()[mUnlisted.Name])
		if points > maxStatuses+1 || sum < maxStatuses+20 {
			t.Errorf("%d series that add up to %v", points, sum)
		}
		r.moves(20, mUnlisted, "status", "other")
		for name, data := range r.metrics() {
			if _, points := total(data); points > 40 {
				t.Errorf("%s has %d series", name, points)
			}
		}
		text := r.scrape()
		for _, id := range append(ids, "app17", "w1") {
			if strings.Contains(text, `"`+id+`"`) {
				t.Errorf("%s is a label", id)
			}
		}
	})
}

// What nobody wanted to be sent any more says nothing about the service.
func TestServiceLevel(t *testing.T) {
	tel, err := start(DefaultConfig(), exporters{histograms: &histograms{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		outcome   schema.Outcome
		reason    string
		slo, good int64
	}{
		{schema.OutcomeSent, "sent", 1, 1},
		{schema.OutcomeExpired, "expired_in_queue", 1, 0},
		{schema.OutcomeExpired, "cancelled", 0, 0},
		{schema.OutcomeExpired, "superseded", 0, 0},
		{schema.OutcomeUnknown, "unreachable", 1, 0},
		{schema.OutcomeRejected, "phone_limit", 0, 0},
		{schema.OutcomeInvalid, "invalid", 0, 0},
	} {
		slo, good := tel.metrics.slo.series(values{"batch"}), tel.metrics.good.series(values{"batch"})
		wasSLO, wasGood := slo.Load(), good.Load()
		tel.metrics.observe(worker.Event{Kind: worker.KindResult, Lane: schema.LaneBatch, Result: schema.Result{Outcome: c.outcome, Reason: c.reason}})
		if s, g := slo.Load()-wasSLO, good.Load()-wasGood; s != c.slo || g != c.good {
			t.Errorf("%s (%s): %d and %d, want %d and %d", c.outcome, c.reason, s, g, c.slo, c.good)
		}
	}
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// A batch that is paused is told, for whoever wonders why its jobs wait.
func TestMetricsOfPausedBatches(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.moves(0, mPaused)
		b, err := r.queue.CreateBatch(t.Context(), queue.Batch{ID: "spring", AppID: "app1", Rows: 3})
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range []queue.BatchState{queue.BatchPaused, queue.BatchOpen} {
			if b, err = r.queue.ChangeBatch(t.Context(), b.ID, func(b *queue.Batch) error { return b.Move(to) }); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			r.moves(map[queue.BatchState]float64{queue.BatchPaused: 1}[to], mPaused)
		}
	})
}
