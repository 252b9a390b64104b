package worker

import (
	"sync/atomic"
	"time"

	"github.com/otpworker/otpworker/worker/queue"
)

// A Phase is where a worker stands between its start and its end.
type Phase string

const (
	// PhaseStarting: not yet taking jobs.
	PhaseStarting Phase = "starting"
	// PhaseWorking: taking jobs, or would if a breaker let it.
	PhaseWorking Phase = "working"
	// PhaseDraining: takes no more jobs and ends those in hand.
	PhaseDraining Phase = "draining"
)

// A life is the signs that a worker is alive, as times since its beginning: the
// clock on the wall may jump.
type life struct {
	began time.Time
	// works is set when lanes, pace and ledger are, and they stay: who sees it
	// may look at them.
	works atomic.Bool
	// drains is when the stop began, beat when the main loop last went round, and
	// saw when it last saw the queue; 0 is never.
	drains, beat, saw atomic.Int64
}

func (l *life) note(when *atomic.Int64) { when.Store(max(1, int64(time.Since(l.began)))) }

func (l *life) phase() Phase {
	switch {
	case l.drains.Load() != 0:
		return PhaseDraining
	case l.works.Load():
		return PhaseWorking
	}
	return PhaseStarting
}

// since is how long ago something was noted; negative for never.
func (l *life) since(when *atomic.Int64) time.Duration {
	noted := when.Load()
	if noted == 0 {
		return -1
	}
	return max(0, time.Since(l.began)-time.Duration(noted))
}

// sawQueue notes what the main loop has seen of the queue.
func (w *Worker) sawQueue(backlog map[queue.App]uint64) {
	w.life.note(&w.life.saw)
	for name, l := range w.lanes {
		jobs, apps := uint64(0), int64(0)
		for app, n := range backlog {
			if app.Lane == name {
				jobs += n
				apps++
			}
		}
		l.queued.Store(jobs)
		l.queues.Store(apps)
	}
}
