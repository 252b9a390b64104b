package worker_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// usualLook is the pause between looks outside these tests.
const usualLook = 80 * time.Millisecond

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
	many, few := size(3000, 1200), 100
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
		if end < time.Duration(many)*time.Second/300 {
			t.Errorf("the large app was done after %s: it was in nobody's way", end)
		}
	})
}

// The first job of an app that nobody has heard of, and the first after its
// consumer was dropped, are picked up at once.
func TestFirstJobOfAnApp(t *testing.T) {
	defer worker.LookEach(usualLook)()
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		nc := r.raw()
		defer nc.Close()
		consumers := func() int {
			answer, err := nc.RequestWithContext(t.Context(), "$JS.API.CONSUMER.NAMES.OTP_JOBS", nil)
			if err != nil {
				t.Fatal(err)
			}
			var names struct{ Consumers []string }
			if err := json.Unmarshal(answer.Data, &names); err != nil {
				t.Fatal(err)
			}
			return len(names.Consumers)
		}
		for i, silence := range []time.Duration{time.Second, time.Minute, 11 * time.Minute} {
			time.Sleep(silence)
			if n := consumers(); i == 2 && n != 0 {
				t.Errorf("%d consumers for apps that have no jobs", n)
			}
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

// More apps than a worker pulls for at once take turns: those that come and go,
// those that have many jobs, and one that has a single job behind all of them.
func TestMoreAppsThanIntakes(t *testing.T) {
	intakes, apps, each := 16, size(100, 40), 30
	defer worker.FewIntakes(intakes)()
	inVirtualTime(t, func(s *setup) { s.sandbox.Latency = 200 * time.Millisecond }, func(t *testing.T, r *rig) {
		for i := range apps {
			r.batch(of(fmt.Sprintf("app-%d", i), each)...)
		}
		r.startWorker()
		time.Sleep(3 * time.Second)
		r.batch(of("late", 1)...)
		start := time.Now()
		r.await(apps*each+1, 2*time.Minute)
		// 48 slots make 240 a second: 13 s for all. Each app has a turn of 2 s
		// with 15 others, seven rounds would be 14 s.
		if took := r.seen(worker.KindResult, "late-0")[0].Time.Sub(start); took > 11*time.Second {
			t.Errorf("one job of one app waited %s behind %d apps", took, apps)
		}
		if took := time.Since(start); took > 16*time.Second {
			t.Errorf("all took %s", took)
		}
		r.onceEach()
	})
}

// Apps beyond that number are no slower after an outage than others.
func TestManyAppsDrain(t *testing.T) {
	apps, each := size(200, 60), 3
	defer worker.FewIntakes(size(50, 15))()
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		r.closeProvider()
		for i := range apps {
			r.publish(of(fmt.Sprintf("app-%d", i), each)...)
		}
		time.Sleep(time.Minute)
		r.openProvider()
		back := time.Now()
		r.await(apps*each, time.Minute)
		if took := time.Since(back); took > 4*time.Second {
			t.Errorf("drained %s after the provider was back", took)
		}
		r.onceEach()
	})
}

// A server allows a stream 1,000 consumers, if nobody says otherwise.
func TestMoreAppsThanAServersLimit(t *testing.T) {
	apps := size(1100, 50)
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		for i := range apps {
			r.publish(of(fmt.Sprintf("app-%d", i), 1)...)
		}
		r.startWorker()
		r.await(apps, time.Minute)
		r.drained()
	})
}

// A long outage, in which nobody pulls from the consumers, costs no job.
func TestLongOutageCostsNoJob(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		r.closeProvider()
		for i := range 50 {
			j := job(fmt.Sprint("j", i), goodNumber)
			j.TTLSeconds = 3600
			r.publish(j)
		}
		time.Sleep(20 * time.Minute)
		r.openProvider()
		for id, result := range r.await(50, time.Minute) {
			if result.Outcome != schema.OutcomeSent {
				t.Errorf("%s: %s (%s)", id, result.Outcome, result.Reason)
			}
		}
		r.drained()
		r.onceEach()
	})
}

// Wrong subjects are answered as many as there are, at the next sweep.
func TestManyStrays(t *testing.T) {
	strays := size(1000, 250)
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		nc := r.raw()
		defer nc.Close()
		for i := range strays {
			body := fmt.Sprintf(`{"id":"s%d","appId":"app1","code":"123456","to":"8613800138000"}`, i)
			if _, err := nc.RequestWithContext(t.Context(), "otp.v1.job.batch.abc", []byte(body)); err != nil {
				t.Fatal(err)
			}
		}
		r.startWorker()
		for id, result := range r.await(strays, 35*time.Second) {
			if result.Outcome != schema.OutcomeInvalid {
				t.Errorf("%s: %s", id, result.Outcome)
			}
		}
		r.drained()
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
