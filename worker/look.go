package worker

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

const (
	// lookPause is between two looks for apps that have jobs: how long the
	// first job waits of an app that had none for a while. A look is one small
	// request.
	lookPause = 80 * time.Millisecond
	// lookTimeout bounds one look.
	lookTimeout = 5 * time.Second
	// maxIntakes bounds the apps of a lane that a worker has an intake for.
	// The next one gets its turn when another has no jobs.
	maxIntakes = 512
	// appIdle is how long an intake waits for an app's next job, and crowdIdle
	// where there are as many as there may be.
	appIdle   = time.Minute
	crowdIdle = 2 * time.Second
)

// A lane is the slots that its apps share, and an intake for each app that has
// jobs. An app waits for a slot behind the other apps, not behind their jobs.
type lane struct {
	*Worker
	name schema.Lane
	free chan struct{}
	// busy counts the apps that have jobs and share the slots now.
	busy atomic.Int64
	// failing: the last pull or look failed, and the log has it.
	failing atomic.Bool

	mu      sync.Mutex
	intakes map[string]*intake
	running sync.WaitGroup
}

func (w *Worker) newLane(name schema.Lane, slots int) *lane {
	l := &lane{Worker: w, name: name, free: make(chan struct{}, slots), intakes: map[string]*intake{}}
	l.giveSlots(slots)
	return l
}

// look finds the apps that have jobs, and has an intake for each, until fetching
// ends. It waits for the intakes.
func (w *Worker) look(fetching, working context.Context, lanes map[schema.Lane]*lane) {
	failing := false
	for {
		ctx, cancel := context.WithTimeout(fetching, lookTimeout)
		backlog, err := w.queue.Backlog(ctx)
		cancel()
		if err != nil && !failing && fetching.Err() == nil {
			w.log.Warn("apps not looked for, trying on", keyErr, err)
		}
		failing = err != nil
		for name, l := range lanes {
			l.serve(fetching, working, backlog, name)
		}
		if sleep(fetching, lookPause) != nil {
			break
		}
	}
	for _, l := range lanes {
		l.running.Wait()
	}
}

// serve starts an intake for each app that has jobs and none yet.
func (l *lane) serve(fetching, working context.Context, backlog map[queue.App]uint64, name schema.Lane) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for appID, in := range l.intakes {
		in.hasJobs.Store(backlog[queue.App{Lane: name, ID: appID}] > 0)
	}
	for app := range backlog {
		if app.Lane != name || l.intakes[app.ID] != nil || len(l.intakes) >= maxIntakes {
			continue
		}
		in := &intake{lane: l, app: app}
		in.hasJobs.Store(true)
		l.intakes[app.ID] = in
		l.running.Go(func() {
			defer l.forget(app.ID)
			in.run(fetching, working)
		})
	}
}

func (l *lane) forget(appID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.intakes, appID)
}

// patience is how long an intake stays without a job.
func (l *lane) patience() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.intakes) >= maxIntakes {
		return crowdIdle
	}
	return appIdle
}

func (l *lane) giveSlots(n int) {
	for range n {
		l.free <- struct{}{}
	}
}

// takeSlots waits for a free slot, behind others who do, and takes what else is
// free then, up to most. It returns 0 when ctx ended.
func (l *lane) takeSlots(ctx context.Context, most int) int {
	select {
	case <-l.free:
	case <-ctx.Done():
		return 0
	}
	n := 1
	for n < most {
		select {
		case <-l.free:
			n++
		default:
			return n
		}
	}
	return n
}

// tell logs the first of failures in a row, and their end.
func (l *lane) tell(ctx context.Context, err error) {
	failed := err != nil && ctx.Err() == nil
	switch was := l.failing.Swap(failed); {
	case failed && !was:
		l.log.Warn("pull failed, trying on", keyLane, string(l.name), keyErr, err)
	case was && !failed && ctx.Err() == nil:
		l.log.Info("pull works again", keyLane, string(l.name))
	}
}
