package worker_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// A hundred soft stops under load: each ends within a call and five seconds, and
// leaves no job to its AckWait of 30 s.
func TestSoftStopsUnderLoad(t *testing.T) {
	for name, o := range map[string]odds{
		"all well":                   {latency: time.Second},
		"slow answers and lost ones": {latency: time.Second, slow: 50, lostRequest: 20, lostAnswer: 50},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, nil, func(t *testing.T, w *world) {
				w.provider.misbehave(17, o)
				chance := rand.New(rand.NewPCG(17, 17))
				p := w.start("w0")
				var longest, slowest time.Duration
				for i := range size(50, 12) {
					w.load(i)
					time.Sleep(time.Duration(chance.Int64N(int64(2 * time.Second))))
					longest = max(longest, p.timedStop())
					p = w.start(fmt.Sprintf("w%d", i+1))
					slowest = max(slowest, w.timedEnd())
				}
				if limit := w.setup.worker.CallTimeout + 5*time.Second; longest > limit {
					t.Errorf("a stop took %s, want at most %s", longest, limit)
				}
				if o.lostAnswer == 0 && slowest > 5*time.Second {
					t.Errorf("the next worker needed %s: jobs were left locked", slowest)
				}
				for _, id := range w.unended() {
					t.Errorf("%s: a delivery without an end%s", id, w.story(id))
				}
				if a := w.audit(); !a.clean() {
					t.Error(a)
				}
				t.Logf("%s: %d stops, the longest %s; the rest done within %s", name, size(50, 12), longest, slowest)
			})
		})
	}
}

// The negative control: a kill leaves jobs to their AckWait.
func TestKillLeavesJobsLocked(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		w.provider.misbehave(17, odds{latency: time.Second})
		p := w.start("w0")
		w.load(0)
		time.Sleep(600 * time.Millisecond) // some jobs are in their calls, whenever they were found
		p.kill()
		w.start("w1")
		if took := w.timedEnd(); took < 25*time.Second || len(w.unended()) == 0 {
			t.Errorf("the next worker had all done after %s, %d deliveries without an end", took, len(w.unended()))
		}
	})
}

// unended are the jobs with a delivery that was neither answered nor given back:
// only its AckWait can have ended it.
func (w *world) unended() []string {
	open := map[string]int{}
	for _, e := range w.told() {
		if e.Kind == worker.KindTaken {
			open[e.JobID]++
		}
		if e.Kind == worker.KindAside || e.Kind == worker.KindResult {
			open[e.JobID]--
		}
	}
	maps.DeleteFunc(open, func(_ string, n int) bool { return n == 0 })
	return slices.Collect(maps.Keys(open))
}

// load queues jobs on both lanes: more than the slots of a lane.
func (w *world) load(round int) {
	for i := range 60 {
		w.enqueue(schema.Lanes()[i%2], "app1", job(fmt.Sprintf("r%d-%d", round, i), goodNumber))
	}
}

func (p *process) timedStop() time.Duration {
	start := time.Now()
	p.stop()
	return time.Since(start)
}

// timedEnd is how long the queue takes to be empty.
func (w *world) timedEnd() time.Duration {
	w.t.Helper()
	start := time.Now()
	for w.jobsLeft() > 0 && time.Since(start) < 5*time.Minute {
		time.Sleep(100 * time.Millisecond)
	}
	return time.Since(start)
}
