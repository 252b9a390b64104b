package worker_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// logins publishes logins of an app, one after the other, and returns how long
// each took, shortest first, in milliseconds.
func (r *rig) logins(appID, prefix string, n int) []int64 {
	r.t.Helper()
	for i := range n {
		j := job(fmt.Sprintf("%s%d", prefix, i), goodNumber)
		j.AppID = appID
		r.publish(j)
		time.Sleep(83 * time.Millisecond)
	}
	time.Sleep(time.Second)
	var took []int64
	for _, e := range r.seen(worker.KindResult, "") {
		if strings.HasPrefix(e.JobID, prefix) {
			took = append(took, e.Result.Timings.Total)
		}
	}
	if len(took) != n {
		r.t.Fatalf("%d of %d logins %s have a result", len(took), n, prefix)
	}
	slices.Sort(took)
	return took
}

// laneRows: go test ./worker -run LoginsBesideABatch -lanes.rows 1000000 -timeout 30m
var laneRows = flag.Uint64("lanes.rows", 2000, "rows of the batch that logins must not notice")

// Beside a big batch, its own app's or another's, with a rate or without, a
// login's p99 stays within 1.5 times of that on an idle system, in the same run.
func TestLoginsBesideABatch(t *testing.T) {
	for _, rate := range []float64{0, 200} {
		for _, app := range []string{"app1", "login1"} {
			t.Run(fmt.Sprintf("rate %v, logins of %s", rate, app), func(t *testing.T) {
				inVirtualTime(t, func(s *setup) { s.worker.Rate, s.worker.BatchSlots = rate, 16 }, func(t *testing.T, r *rig) {
					defer worker.LookEach(80 * time.Millisecond)()
					provider := &clerk{takes: 50 * time.Millisecond}
					r.startWorkerWith(provider)
					r.logins(app, "first-", 20) // a new bucket waits for a second
					const n = 40
					idle := r.logins(app, "idle-", n)
					r.fill("big", "app1", *laneRows, func(j *schema.Job) { j.TTLSeconds = 3600 })
					busy := r.logins(app, "busy-", n)
					if left := r.status("big").Waiting; left == 0 {
						t.Error("the batch was over before the logins")
					}
					t.Logf("p99 %d ms beside %d rows, %d ms idle", busy[n*99/100], *laneRows, idle[n*99/100])
					if 2*busy[n*99/100] > 3*idle[n*99/100] {
						t.Errorf("p99 %d ms beside the batch, %d ms idle", busy[n*99/100], idle[n*99/100])
					}
					r.stopWorker()
				})
			})
		}
	}
}

// Logins of an app that waits for its own rate keep no slot from others.
func TestLoginsBesideALimitedApp(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.worker.AppRates = map[string]float64{"slow": 1} }, func(t *testing.T, r *rig) {
		defer worker.LookEach(80 * time.Millisecond)()
		provider := &clerk{takes: 20 * time.Millisecond}
		r.startWorkerWith(provider)
		for i := range 200 {
			j := job(fmt.Sprintf("slow-%d", i), goodNumber)
			j.AppID, j.TTLSeconds = "slow", 3600
			r.publish(j)
		}
		time.Sleep(3 * time.Second)
		if took := r.logins("app1", "login-", 60); took[len(took)-1] > 200 {
			t.Errorf("p50 %d ms, the slowest %d ms, over a provider that takes 20", took[len(took)/2], took[len(took)-1])
		}
		r.stopWorker()
	})
}

// Apps share a rate: one with three thousand jobs does not starve one with a
// hundred, over three workers.
func TestAppsShareARate(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.worker.Rate = 20 }, func(t *testing.T, r *rig) {
		provider := &clerk{takes: 50 * time.Millisecond}
		r.batchOf("big1", 3000)
		r.startWorkerWith(provider)
		stop := r.startMore(2, provider)
		time.Sleep(5 * time.Second)
		r.batchOf("few1", 100)
		time.Sleep(13 * time.Second)
		if n := len(provider.of("few1")); n != 100 {
			t.Errorf("%d of the small app's 100 jobs were sent in the time of 260", n)
		}
		stop()
		r.stopWorker()
	})
}

// A forgetful provider loses the answer to one order and does not know of it.
type forgetful struct {
	clerk
	order string
}

func (p *forgetful) SendRule(ctx context.Context, req client.SendRuleRequest) (client.SendRuleResponse, error) {
	if req.OrderID == p.order {
		<-ctx.Done()
		return client.SendRuleResponse{}, &client.UnknownError{Op: "sendRule", Err: errors.New("answer lost")}
	}
	return p.clerk.SendRule(ctx, req)
}

// An expired job that nobody can end yet, because it may have been sent, does not
// get its app's other jobs round the rate.
func TestExpiredHeadKeepsTheRateFair(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.worker.Rate = 10 }, func(t *testing.T, r *rig) {
		provider := &forgetful{clerk: clerk{takes: 50 * time.Millisecond}, order: "head"}
		head := job("head", goodNumber)
		head.AppID, head.TTLSeconds = "big1", 6
		r.batch(head)
		r.batchOf("big1", 2000)
		r.startWorkerWith(provider)
		time.Sleep(9 * time.Second)
		r.batchOf("few1", 100)
		begin := time.Now()
		time.Sleep(11 * time.Second)
		calls := map[string]int{}
		for _, app := range []string{"big1", "few1"} {
			calls[app] = len(slices.DeleteFunc(provider.of(app), begin.After))
		}
		if 3*calls["few1"] < calls["big1"] {
			t.Errorf("calls in 11 s: %v", calls)
		}
		r.stopWorker()
	})
}

// In a paused batch of different lives the short ones behind a long one are
// answered in time, once its head has expired.
func TestPausedBatchOfDifferentLives(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorkerWith(&desk{})
		b, err := r.queue.CreateBatch(t.Context(), queue.Batch{ID: "mixed", AppID: "app1", Rows: 600})
		if err != nil {
			t.Fatal(err)
		}
		r.move("mixed", queue.BatchPaused)
		row := 0
		r.publishRows(b, 600, func(j *schema.Job) {
			if j.TTLSeconds = 30; row%2 == 1 {
				j.TTLSeconds = 300
			}
			row++
		})
		time.Sleep(45 * time.Second)
		if n := r.status("mixed").Counts[schema.OutcomeExpired]; n != 300 {
			t.Errorf("%d of 300 short-lived rows have their result", n)
		}
		r.stopWorker()
	})
}

// Calls in flight go down as the provider gets slow, and up again.
func TestFewerCallsForASlowProvider(t *testing.T) {
	const slots = 16
	inVirtualTime(t, func(s *setup) { s.worker.InteractiveSlots, s.worker.BatchSlots = 4, slots }, func(t *testing.T, r *rig) {
		provider := &counter{room: 1000, takes: 50 * time.Millisecond}
		r.batchOf("app1", 4000)
		r.startWorkerWith(provider)
		time.Sleep(4 * time.Second)
		provider.slow(time.Second)
		time.Sleep(14 * time.Second)
		provider.since(1000)
		time.Sleep(2 * time.Second)
		if most := provider.atOnce(); most > slots*3/4 {
			t.Errorf("%d calls at once for a provider that takes 20 times as long", most)
		}
		provider.slow(50 * time.Millisecond)
		time.Sleep(4 * time.Second)
		provider.since(1000)
		time.Sleep(time.Second)
		if most := provider.atOnce(); most != slots {
			t.Errorf("%d calls at once for a provider that is quick again", most)
		}
		r.stopWorker()
	})
}
