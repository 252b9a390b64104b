package worker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// of makes n jobs of an app.
func of(appID string, n int) []schema.Job {
	jobs := make([]schema.Job, n)
	for i := range jobs {
		jobs[i] = job(fmt.Sprintf("%s-%d", appID, i), goodNumber)
		jobs[i].AppID = appID
	}
	return jobs
}

func (r *rig) batch(jobs ...schema.Job) {
	r.t.Helper()
	for _, j := range jobs {
		if err := r.queue.Publish(r.t.Context(), schema.LaneBatch, j); err != nil {
			r.t.Fatal(err)
		}
	}
}

// An app with many jobs does not starve one with few that come later: they share
// the lane's slots.
func TestAppsShareALane(t *testing.T) {
	const many, few = 3000, 100
	inVirtualTime(t, func(s *setup) { s.sandbox.Latency = 200 * time.Millisecond }, func(t *testing.T, r *rig) {
		r.batch(of("many", many)...)
		r.startWorker()
		time.Sleep(time.Second)
		r.batch(of("few1", few)...)
		start := time.Now()
		r.await(many+few, time.Minute)
		var last, end time.Duration
		for _, e := range r.seen(worker.KindResult, "") {
			end = e.Time.Sub(start)
			if e.AppID == "few1" {
				last = end
			}
		}
		// 48 slots make 240 a second; half of them are the small app's, and its
		// jobs may come in the second half of a wave. Behind the large app it
		// would be 12 s.
		if limit := 2 * time.Second; last > limit {
			t.Errorf("the small app's last result came after %s, want %s", last, limit)
		}
		if end < 10*time.Second {
			t.Errorf("the large app was done after %s: it was in nobody's way", end)
		}
	})
}

// The first job of an app that nobody has heard of, and the first after a long
// silence, are picked up at once.
func TestFirstJobOfAnApp(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		for i, silence := range []time.Duration{time.Second, time.Minute, 30 * time.Minute} {
			time.Sleep(silence)
			j := job(fmt.Sprint("j", i), goodNumber)
			start := time.Now()
			r.publish(j)
			r.await(i+1, time.Second)
			if took := r.seen(worker.KindTaken, j.ID)[0].Time.Sub(start); took > 100*time.Millisecond {
				t.Errorf("after %s: taken after %s", silence, took)
			}
		}
	})
}

// More apps than a worker has intakes for all get their turn.
func TestMoreAppsThanIntakes(t *testing.T) {
	const apps = 600
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		for i := range apps {
			r.publish(of(fmt.Sprintf("app-%d", i), 2)...)
		}
		r.startWorker()
		r.await(2*apps, time.Minute)
		r.drained()
		r.onceEach()
	})
}

// A consumer that somebody deletes is made again.
func TestDeletedConsumerIsMadeAgain(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		r.publish(job("j1", goodNumber))
		r.await(1, time.Minute)
		nc := r.raw()
		defer nc.Close()
		if _, err := nc.RequestWithContext(t.Context(), "$JS.API.CONSUMER.DELETE.OTP_JOBS.worker-interactive-app1", nil); err != nil {
			t.Fatal(err)
		}
		r.publish(job("j2", goodNumber))
		want(t, r.await(2, 5*time.Second)["j2"], schema.OutcomeSent, "sent", 1)
		r.onceEach()
	})
}

// Apps that find all slots taken do not keep a job: another worker may have one
// free. No job waits longer than for a slot, and none is taken for poison.
func TestMoreAppsThanSlots(t *testing.T) {
	const apps = 60
	inVirtualTime(t, func(s *setup) { s.worker.InteractiveSlots = 4 }, func(t *testing.T, r *rig) {
		r.startWorker()
		for i := range apps { // each has an intake that waits
			r.publish(of(fmt.Sprintf("app-%d", i), 1)...)
		}
		r.await(apps, time.Minute)
		r.box.SetFault(sandbox.Fault{Latency: 4 * time.Second})
		start := time.Now()
		for i := range apps {
			j := of(fmt.Sprintf("app-%d", i), 2)[1]
			r.publish(j)
		}
		r.await(2*apps, 2*time.Minute)
		if took := time.Since(start); took > apps/4*4*time.Second*5/4 {
			t.Errorf("%d jobs on 4 slots at 4s each took %s", apps, took)
		}
		for id, result := range r.results() {
			want(t, result, schema.OutcomeSent, "sent", 1)
			if result.Timings.Total > 80_000 {
				t.Errorf("%s: %+v", id, result.Timings)
			}
		}
		r.onceEach()
	})
}
