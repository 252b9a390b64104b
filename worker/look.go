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
	// lookTimeout bounds one look.
	lookTimeout = 5 * time.Second
	// appTurn is how long an app keeps its intake while others wait for one.
	appTurn = 2 * time.Second
	// appIdle is how long an intake waits for an app's next job while no other
	// app waits.
	appIdle = 10 * time.Second
	// appGone is how long an app has had no jobs when its consumer is dropped.
	appGone = 10 * time.Minute
	// maxDrops bounds the consumers that are dropped after one look.
	maxDrops = 16
	// maxSeen bounds the apps that are remembered for that.
	maxSeen = 100_000
	// maxTold bounds the apps whose failing pulls the log warns of.
	maxTold = 10
)

// lookPause is between two looks for apps that have jobs: how long the first job
// waits of an app that had none for a while. A look is one small request.
var lookPause = 80 * time.Millisecond

// maxIntakes bounds the apps of a lane that a worker pulls for at once. The
// others take turns with them.
var maxIntakes = 1024

// A lane is the slots that its apps share, and an intake for each app and each
// batch that has jobs. An app waits for a slot behind the other apps, not behind
// their jobs.
type lane struct {
	*Worker
	name schema.Lane
	*slots
	// busy counts the apps that have jobs and share the slots now.
	busy atomic.Int64
	// waiting counts the apps that have jobs and no intake.
	waiting atomic.Int64
	// troubled counts failing.
	troubled atomic.Int64
	// queued and queues are what was seen last: jobs, and of how many apps and
	// batches.
	queued atomic.Uint64
	queues atomic.Int64

	// seen is when each app or batch had jobs last. Only look uses it.
	seen map[queue.App]time.Time
	// untidy: consumers cannot be dropped, and the log has it.
	untidy bool

	mu      sync.Mutex
	intakes map[queue.App]*intake
	shares  map[string]*share // by app
	// failing are the apps whose last pull failed, and the log has it.
	failing map[queue.App]bool
	running sync.WaitGroup
}

func (w *Worker) newLane(name schema.Lane, slots int) *lane {
	return &lane{
		Worker: w, name: name, slots: newSlots(slots),
		intakes: map[queue.App]*intake{}, shares: map[string]*share{},
		failing: map[queue.App]bool{}, seen: map[queue.App]time.Time{},
	}
}

// look finds the apps that have jobs, and has an intake for each, until fetching
// ends. It waits for the intakes.
func (w *Worker) look(fetching, working context.Context, lanes map[schema.Lane]*lane) {
	failing := false
	for {
		w.life.note(&w.life.beat)
		ctx, cancel := context.WithTimeout(fetching, lookTimeout)
		backlog, err := w.queue.Backlog(ctx)
		cancel()
		if err != nil && !failing && fetching.Err() == nil {
			w.log.Warn("apps not looked for, trying on", keyErr, err)
		}
		if failing = err != nil; !failing {
			w.sawQueue(backlog)
		}
		for name, l := range lanes {
			l.serve(fetching, working, backlog, name)
			if err == nil {
				l.tidy(fetching, backlog)
			}
		}
		if sleep(fetching, lookPause) != nil {
			break
		}
	}
	for _, l := range lanes {
		l.running.Wait()
	}
}

// serve starts an intake for each app and batch that has jobs and none yet.
func (l *lane) serve(fetching, working context.Context, backlog map[queue.App]uint64, name schema.Lane) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for app, in := range l.intakes {
		in.hasJobs.Store(backlog[app] > 0)
	}
	waiting, ofShare := int64(0), map[*share]int64{}
	for app := range backlog { // in no order: each that waits has the same chance
		s := l.shares[app.ID]
		switch {
		case app.Lane != name || l.intakes[app] != nil:
		case app.Batch != "" && !l.batches.ready.Load():
		case len(l.intakes) >= maxIntakes:
			waiting++
		case s != nil && s.intakes >= maxShare:
			ofShare[s]++
		default:
			l.begin(fetching, working, app)
		}
	}
	l.waiting.Store(waiting)
	for _, s := range l.shares {
		s.waiting.Store(ofShare[s])
	}
}

// tidy drops the consumers of apps that had no jobs for long: apps come and go,
// and a stream has room for so many consumers.
func (l *lane) tidy(ctx context.Context, backlog map[queue.App]uint64) {
	now := time.Now()
	for app := range backlog {
		if app.Lane == l.name && len(l.seen) < maxSeen {
			l.seen[app] = now
		}
	}
	drops := 0
	for app, last := range l.seen {
		if l.untidy || drops >= maxDrops || now.Sub(last) < appGone {
			continue
		}
		drops++
		l.life.note(&l.life.beat)
		delete(l.seen, app)
		one, cancel := context.WithTimeout(ctx, lookTimeout)
		err := l.queue.DropConsumer(one, app)
		cancel()
		if err != nil && ctx.Err() == nil {
			l.untidy = true // a right that is missing gets no answer: do not wait for it again
			l.log.Warn("consumers of apps without jobs are kept", keyLane, string(l.name), keyErr, err)
		}
	}
}

// begin starts an app's intake; mu is held.
func (l *lane) begin(fetching, working context.Context, app queue.App) {
	if l.shares[app.ID] == nil {
		l.shares[app.ID] = newShare()
	}
	in := &intake{lane: l, app: app, share: l.shares[app.ID]}
	in.hasJobs.Store(true)
	l.intakes[app] = in
	in.share.intakes++
	l.running.Go(func() {
		defer l.forget(in)
		in.run(fetching, working)
	})
}

func (l *lane) forget(in *intake) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.intakes, in.app)
	if in.share.intakes--; in.share.intakes == 0 {
		delete(l.shares, in.app.ID)
	}
}

// tell logs the first of an app's failures in a row, and their end.
func (l *lane) tell(ctx context.Context, app queue.App, err error) {
	failed := err != nil && ctx.Err() == nil
	if !failed && (l.troubled.Load() == 0 || ctx.Err() != nil) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch was := l.failing[app]; {
	case failed && !was && len(l.failing) < maxTold:
		l.failing[app] = true
		l.log.Warn("pull failed, trying on", keyLane, string(l.name), "app_id", app.ID, "batch_id", app.Batch, keyErr, err)
	case was && !failed:
		delete(l.failing, app)
		l.log.Info("pull works again", keyLane, string(l.name), "app_id", app.ID, "batch_id", app.Batch)
	}
	l.troubled.Store(int64(len(l.failing)))
}
