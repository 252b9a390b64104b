package stats_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/stats"
)

// fakeWorker tells what a test says.
type fakeWorker worker.Condition

func (f *fakeWorker) Condition() worker.Condition { return worker.Condition(*f) }

func result(o schema.Outcome, reason string, total time.Duration) worker.Event {
	return worker.Event{
		Time: time.Now(), Kind: worker.KindResult, Lane: schema.LaneInteractive,
		Result: schema.Result{Outcome: o, Reason: reason, Timings: schema.Timings{Total: total.Milliseconds()}},
	}
}

func event(k worker.Kind, v worker.Verdict) worker.Event {
	return worker.Event{Time: time.Now(), Kind: k, Verdict: v, Lane: schema.LaneBatch}
}

func TestSnapshotCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := stats.NewCollector("v1.2.3")
		c.Watch(&fakeWorker{Worker: "w1", Phase: worker.PhaseWorking, Connected: true})
		for range 3 {
			c.Observe(event(worker.KindTaken, worker.Verdict{}))
		}
		c.Observe(event(worker.KindAttempt, worker.Verdict{Outcome: worker.Accepted}))
		c.Observe(event(worker.KindAttempt, worker.Verdict{Outcome: worker.Refused, Class: worker.Permanent}))
		c.Observe(event(worker.KindAttempt, worker.Verdict{Outcome: worker.NotSent, Class: worker.Transient}))
		c.Observe(event(worker.KindAttempt, worker.Verdict{Outcome: worker.Unknown, Class: worker.ClassUnknown}))
		c.Observe(event(worker.KindAside, worker.Verdict{Reason: "not_sent"}))
		asked := event(worker.KindAsked, worker.Verdict{})
		c.Observe(asked)
		asked.Found = true
		c.Observe(asked)
		c.Observe(result(schema.OutcomeSent, "sent", 40*time.Millisecond))
		c.Observe(result(schema.OutcomeRejected, "phone_limit", time.Second))
		c.Observe(result(schema.OutcomeExpired, "a_reason_to_come", time.Minute))
		last := time.Now().UTC()
		time.Sleep(30 * time.Second)

		s := c.Snapshot()
		want := stats.Counts{Taken: 3, Sent: 1, Rejected: 1, Expired: 1}
		if s.Total != want || s.LastMinute != want {
			t.Errorf("total %+v, last minute %+v", s.Total, s.LastMinute)
		}
		for what, diff := range map[string]string{
			"reasons":  cmp.Diff(schema.Reasons{"sent": {"sent": 1}, "rejected": {"phone_limit": 1}, "expired": {"other": 1}}, s.Reasons),
			"attempts": cmp.Diff(map[string]uint64{"accepted": 1, "permanent": 1, "transient": 1, "unknown": 1}, s.Attempts),
			"aside":    cmp.Diff(map[string]uint64{"not_sent": 1}, s.Aside),
		} {
			if diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		if s.Asked != 2 || s.Found != 1 || !s.LastResultAt.Equal(last) || s.UptimeMS != 30_000 || s.Version != "v1.2.3" || s.Worker != "w1" {
			t.Errorf("%+v", s)
		}
		if a := s.Age[schema.LaneInteractive].LastMinute; a.Count != 3 || a.P50MS < 1000 || a.P50MS > 1125 {
			t.Errorf("ages %+v", a)
		}
		if got := s.Seconds.Taken[len(s.Seconds.Taken)-31]; got != 3 || !s.Seconds.From.Equal(s.At.Add(-299*time.Second)) {
			t.Errorf("%d taken 30 s ago, seconds from %s", got, s.Seconds.From)
		}

		time.Sleep(40 * time.Second)
		if s = c.Snapshot(); s.Total != want || s.LastMinute != (stats.Counts{}) || s.Age[schema.LaneInteractive].LastMinute.Count != 0 || s.Age[schema.LaneInteractive].Total.Count != 3 {
			t.Errorf("after a minute: %+v, %+v", s.Total, s.LastMinute)
		}
	})
}

// The ring forgets what is older than five minutes, also after a time without any
// event.
func TestSecondsGoAround(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := stats.NewCollector("")
		for _, tc := range []struct {
			pause time.Duration
			want  uint32
		}{{time.Second, 1}, {299 * time.Second, 1}, {300 * time.Second, 0}, {time.Second, 1}, {601 * time.Second, 0}, {time.Hour, 0}} {
			c.Observe(event(worker.KindTaken, worker.Verdict{}))
			time.Sleep(tc.pause)
			var sum uint32
			s := c.Snapshot().Seconds
			for _, n := range s.Taken {
				sum += n
			}
			if sum != tc.want {
				t.Errorf("%s later: %d taken, want %d", tc.pause, sum, tc.want)
			}
			for _, column := range [][]uint32{s.Taken, s.Sent, s.Rejected, s.Expired, s.Unknown, s.Invalid} {
				if len(column) != 300 {
					t.Errorf("%d seconds", len(column))
				}
			}
		}
	})
}

// A snapshot is as large after a million events as before, whatever they say.
func TestSnapshotIsBounded(t *testing.T) {
	c := stats.NewCollector("v1.2.3")
	size := func() int {
		data, err := json.Marshal(c.Brief())
		if err != nil {
			t.Fatal(err)
		}
		return len(data)
	}
	for i := range 200_000 {
		c.Observe(result(schema.OutcomeRejected, fmt.Sprint("reason_", i), time.Duration(i)*time.Second))
		c.Observe(event(worker.KindAside, worker.Verdict{Reason: fmt.Sprint("reason_", i)}))
	}
	if n := size(); n > 4<<10 {
		t.Errorf("%d bytes", n)
	}
	whole, err := json.Marshal(c.Snapshot())
	if err != nil || len(whole) > 16<<10 {
		t.Errorf("%d bytes, %v", len(whole), err)
	}
}

// What an event brings along from a job, or from the provider, stays out.
func TestSnapshotHoldsNothingPersonal(t *testing.T) {
	c := stats.NewCollector("v1.2.3")
	canary := "canary-7319"
	for _, kind := range []worker.Kind{worker.KindTaken, worker.KindAttempt, worker.KindAsked, worker.KindAside, worker.KindResult, worker.KindSkew, worker.KindBreaker} {
		c.Observe(worker.Event{
			Time: time.Now(), Kind: kind, JobID: canary, AppID: canary, Lane: schema.Lane(canary), Next: canary, Err: fmt.Errorf("%s", canary), From: canary, To: canary,
			Verdict: worker.Verdict{Reason: canary, Status: canary, Class: worker.Class(canary)},
			Result: schema.Result{
				ID: canary, JobID: canary, AppID: canary, Outcome: schema.Outcome(canary), Reason: canary, Status: canary, VerificationID: canary, SNAURL: canary,
				Metadata: map[string]string{canary: canary}, Faults: []schema.Fault{{Field: canary, Problem: canary}}, Notes: []string{canary},
			},
		})
	}
	data, err := json.Marshal(c.Snapshot())
	if err != nil || strings.Contains(string(data), canary) {
		t.Errorf("%v in %s", err, data)
	}
}

func TestObserveAllocatesNothing(t *testing.T) {
	c := stats.NewCollector("")
	for name, e := range map[string]worker.Event{
		"taken": event(worker.KindTaken, worker.Verdict{}), "attempt": event(worker.KindAttempt, worker.Verdict{Outcome: worker.Accepted}),
		"result": result(schema.OutcomeSent, "sent", time.Second), "aside": event(worker.KindAside, worker.Verdict{Reason: "other"}),
	} {
		if n := testing.AllocsPerRun(1000, func() { c.Observe(e) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// A job makes about these three events.
func BenchmarkObserve(b *testing.B) {
	c := stats.NewCollector("")
	events := []worker.Event{
		event(worker.KindTaken, worker.Verdict{}), event(worker.KindAttempt, worker.Verdict{Outcome: worker.Accepted}),
		result(schema.OutcomeSent, "sent", 12*time.Millisecond),
	}
	b.ReportAllocs()
	b.Run("job", func(b *testing.B) {
		for b.Loop() {
			for _, e := range events {
				c.Observe(e)
			}
		}
	})
	b.Run("job, all processors at once", func(b *testing.B) {
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				for _, e := range events {
					c.Observe(e)
				}
			}
		})
	})
	b.Run("snapshot", func(b *testing.B) {
		for b.Loop() {
			c.Snapshot()
		}
	})
}

// Jobs that nobody wants any more do not spoil the share that was sent in time.
func TestWithdrawnJobs(t *testing.T) {
	c := stats.NewCollector("")
	c.Observe(result(schema.OutcomeSent, "sent", time.Second))
	c.Observe(result(schema.OutcomeExpired, worker.ReasonCancelled, time.Second))
	c.Observe(result(schema.OutcomeExpired, worker.ReasonSuperseded, time.Second))
	c.Observe(result(schema.OutcomeExpired, "expired_queued", time.Second))
	want := stats.Counts{Sent: 1, Expired: 3, Withdrawn: 2}
	s := c.Snapshot()
	if s.Total != want || s.LastMinute != want {
		t.Errorf("total %+v, last minute %+v", s.Total, s.LastMinute)
	}
	if twice := s.Total.Plus(s.LastMinute); twice.Wanted() != 4 || twice.Results() != 8 {
		t.Errorf("of two workers %+v", twice)
	}
}
