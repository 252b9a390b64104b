package worker

import (
	"context"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/worker/queue"
)

const (
	// maxPull bounds one pull.
	maxPull = 256
	// idleProbe is the pause after a probe found its lane empty.
	idleProbe = 200 * time.Millisecond
	// pullPause is the pause after a pull failed.
	pullPause = 500 * time.Millisecond
)

// consume pulls jobs of one lane as slots come free, until fetching ends. It
// waits for the jobs it started.
//
// A job is asked for only when a slot is free for it: a message that waits in
// a buffer uses up its AckWait, and a second worker would get it.
func (w *Worker) consume(fetching, working context.Context, lane *queue.Lane, slots int) {
	free := make(chan struct{}, slots)
	for range slots {
		free <- struct{}{}
	}
	for fetching.Err() == nil {
		n := take(fetching, free)
		taken := 0
		if n == 0 {
			break
		}
		if probe, release, err := w.holds.admit(fetching); err == nil {
			taken = w.pull(fetching, working, lane, n, probe, free, sync.OnceFunc(release))
		}
		for range n - taken {
			free <- struct{}{}
		}
	}
	for range slots {
		<-free
	}
}

// take waits for a free slot and takes all that are free then.
func take(ctx context.Context, free <-chan struct{}) int {
	select {
	case <-free:
	case <-ctx.Done():
		return 0
	}
	n := 1
	for n < maxPull {
		select {
		case <-free:
			n++
		default:
			return n
		}
	}
	return n
}

// pull asks for n jobs, or one as a probe, and starts each in its slot. A probe
// is released when its call is done, so that the lanes go on at once.
func (w *Worker) pull(fetching, working context.Context, lane *queue.Lane, n int, probe bool, free chan<- struct{}, release func()) (taken int) {
	batch, err := w.ask(lane, n, probe)
	if err == nil {
		for msg := range batch.Messages() {
			taken++
			w.jobs.Go(func() {
				defer func() { free <- struct{}{} }()
				defer release()
				if fetching.Err() != nil {
					w.giveBack(w.receive(msg, lane.Name), nakFloor)
					return
				}
				w.handle(working, msg, lane.Name, release)
			})
		}
		err = batch.Error()
	}
	if taken == 0 {
		release()
	}
	switch {
	case err != nil && fetching.Err() == nil:
		w.log.Warn("pull failed", keyLane, string(lane.Name), keyErr, err)
		_ = sleep(fetching, pullPause)
	case probe && taken == 0:
		_ = sleep(fetching, idleProbe)
	}
	return taken
}

func (w *Worker) ask(lane *queue.Lane, n int, probe bool) (jetstream.MessageBatch, error) {
	if probe {
		return lane.Poll()
	}
	return lane.Fetch(n)
}
