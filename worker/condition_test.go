package worker_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/stats"
)

// breakerOf is what a snapshot tells of a scope; the zero value if nothing.
func breakerOf(s stats.Snapshot, scope worker.Scope) stats.Breaker {
	for _, b := range s.Breakers {
		if b.Scope == scope {
			return b
		}
	}
	return stats.Breaker{}
}

// A snapshot tells of a provider's outage since when it lasts, why, and when the
// next probe goes out; meanwhile the worker stays ready.
func TestSnapshotOfAnOutage(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.worker.BreakerOpen = 10 * time.Second }, func(t *testing.T, r *rig) {
		r.startWorker()
		time.Sleep(2 * time.Second)
		before := r.stats.Snapshot()
		if !before.Alive || !before.Ready || before.State != worker.PhaseWorking || !before.Connected || !before.Ledger || before.Worker != "w1" {
			t.Errorf("%+v", before)
		}
		if l := before.Lanes[schema.LaneBatch]; l.Slots != 48 || l.Free != 48 || l.Taken != 0 {
			t.Errorf("slots %+v", l)
		}
		if b := breakerOf(before, worker.ScopeProvider); !b.Closed() || !b.Since.IsZero() || b.Reason != "" {
			t.Errorf("before the outage: %+v", b)
		}

		r.closeProvider()
		var jobs []schema.Job
		for _, id := range []string{"j1", "j2", "j3", "j4", "j5", "j6"} {
			jobs = append(jobs, job(id, goodNumber))
		}
		r.publish(jobs...)
		time.Sleep(4 * time.Second)
		opened := r.seen(worker.KindBreaker, "")[0].Time
		s := r.stats.Snapshot()
		b := breakerOf(s, worker.ScopeProvider)
		if b.State != "open" || !b.Since.Equal(opened) || b.Reason != "not_sent" || !b.Until.After(s.At) || b.Until.After(opened.Add(11*time.Second)) {
			t.Errorf("open since %s: %+v", opened, b)
		}
		if !s.Alive || !s.Ready || s.Lanes[schema.LaneInteractive].Queued != 6 || s.Lanes[schema.LaneInteractive].Queues != 1 || s.Attempts["transient"] < 5 {
			t.Errorf("%+v", s)
		}
		time.Sleep(time.Minute)
		if b := breakerOf(r.stats.Snapshot(), worker.ScopeProvider); b.Closed() || !b.Since.Equal(opened) {
			t.Errorf("a probe that fails does not begin a new outage: %+v", b)
		}

		r.openProvider()
		r.await(6, time.Minute)
		s = r.stats.Snapshot()
		if b := breakerOf(s, worker.ScopeProvider); !b.Closed() || !b.Since.After(opened) || b.Reason != "" || !b.Until.IsZero() {
			t.Errorf("after the outage: %+v", b)
		}
		if s.Total.Sent != 6 || s.Attempts["accepted"] != 6 || s.Reasons[schema.OutcomeSent]["sent"] != 6 {
			t.Errorf("%+v", s)
		}
	})
}

// An app's limit is that app's.
func TestSnapshotOfAnAppOnHold(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.box.SetFault(sandbox.Fault{Status: "-27"})
		r.startWorker()
		r.publish(job("j1", goodNumber))
		time.Sleep(2 * time.Second)
		s := r.stats.Snapshot()
		b := breakerOf(s, worker.ScopeApp)
		if b.AppID != "app1" || b.State != "open" || b.Reason != "total_limit" || b.Status != "-27" || b.Until.IsZero() || s.AppsHeld != 1 {
			t.Errorf("%d apps held, %+v", s.AppsHeld, b)
		}
		if !s.Ready || !breakerOf(s, worker.ScopeAccount).Closed() {
			t.Errorf("%+v", s)
		}
	})
}

// A job in hand takes a slot, and a stop is told as one.
func TestSnapshotOfAStop(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.box.SetFault(sandbox.Fault{Hang: true})
		r.startWorker()
		r.publish(job("j1", goodNumber))
		time.Sleep(2 * time.Second)
		if s := r.stats.Snapshot(); s.InHand != 1 || s.Lanes[schema.LaneInteractive].Taken != 1 || s.Lanes[schema.LaneInteractive].Free != 15 {
			t.Errorf("%d in hand, %+v", s.InHand, s.Lanes)
		}
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			r.stopWorker()
		}()
		time.Sleep(time.Second)
		if s := r.stats.Snapshot(); !s.Alive || s.Ready || s.State != worker.PhaseDraining || s.InHand != 1 {
			t.Errorf("alive %v, ready %v, %s, %d in hand", s.Alive, s.Ready, s.State, s.InHand)
		}
		<-stopped
		if s := r.stats.Snapshot(); s.Ready || s.InHand != 0 {
			t.Errorf("ready %v, %d in hand", s.Ready, s.InHand)
		}
	})
}

// A worker whose main loop stands still is not alive, and only then.
func TestLoopThatStandsStill(t *testing.T) {
	for name, tc := range map[string]struct {
		each  time.Duration
		alive bool
	}{"goes round": {400 * time.Millisecond, true}, "stands still": {time.Hour, false}} {
		t.Run(name, func(t *testing.T) {
			defer worker.LookEach(tc.each)()
			inVirtualTime(t, nil, func(t *testing.T, r *rig) {
				r.startWorker()
				time.Sleep(31 * time.Second)
				s := r.stats.Snapshot()
				if s.Alive != tc.alive || s.Ready != tc.alive || strings.Contains(strings.Join(s.Why, ""), "stands still") == tc.alive {
					t.Errorf("alive %v, ready %v, why %q", s.Alive, s.Ready, s.Why)
				}
			})
		})
	}
}

// The oldest job of each lane is known while there is one, also behind a breaker.
func TestSnapshotOfTheOldest(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		time.Sleep(time.Second)
		ctx, stop := context.WithCancel(t.Context())
		looked := make(chan struct{})
		go func() {
			defer close(looked)
			r.stats.LookForOldest(ctx, r.queue)
		}()
		r.closeProvider()
		queued := time.Now()
		r.publish(job("j1", goodNumber))
		time.Sleep(10 * time.Second)
		r.publish(job("j2", goodNumber))
		time.Sleep(10 * time.Second)
		s := r.stats.Snapshot()
		if got := s.Lanes[schema.LaneInteractive].OldestAt; got.Sub(queued).Abs() > time.Millisecond || !s.Lanes[schema.LaneBatch].OldestAt.IsZero() {
			t.Errorf("oldest %s, want %s", got, queued)
		}
		r.openProvider()
		r.await(2, time.Minute)
		time.Sleep(time.Second)
		if got := r.stats.Snapshot().Lanes[schema.LaneInteractive].OldestAt; !got.IsZero() {
			t.Errorf("oldest of an empty lane: %s", got)
		}
		stop()
		<-looked
	})
}

// Whatever a job holds, and whatever comes back, no snapshot has it.
func TestSnapshotsHideWhatJobsHold(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		j := job("canary-id", "8613877731901")
		j.Code = redact.NewCode("730519")
		j.Metadata = map[string]string{"canary-key": "canary-value"}
		refused := j
		refused.ID, refused.To = "canary-id-2", redact.NewPhone("8613800138028")
		r.publish(j, refused)
		r.await(2, time.Minute)
		data, err := json.Marshal(r.stats.Snapshot())
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"canary", "13877731901", "8013", "730519", sandbox.DefaultSecret, sandbox.DefaultKey} {
			if strings.Contains(string(data), secret) {
				t.Errorf("%s is in %s", secret, data)
			}
		}
		if s := r.stats.Snapshot(); s.Total.Results() != 2 {
			t.Errorf("%+v: it proves nothing", s.Total)
		}
	})
}
