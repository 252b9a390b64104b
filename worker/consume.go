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

// An intake pulls the jobs of one lane, as slots come free.
//
// A job is asked for only when a slot is free for it: a message that waits in
// a buffer uses up its AckWait, and a second worker would get it.
type intake struct {
	*Worker
	lane *queue.Lane
	free chan struct{}
	// failing: the last pull failed, and the log has it.
	failing bool
}

// consume pulls jobs of a lane until fetching ends. It waits for the jobs it
// started.
func (w *Worker) consume(fetching, working context.Context, lane *queue.Lane, slots int) {
	in := &intake{Worker: w, lane: lane, free: make(chan struct{}, slots)}
	in.giveSlots(slots)
	for fetching.Err() == nil {
		n := in.takeSlots(fetching)
		taken := 0
		if n == 0 {
			break
		}
		if probe, release, err := w.holds.admit(fetching); err == nil {
			taken, err = in.pull(fetching, working, n, probe, sync.OnceFunc(release))
			in.rest(fetching, probe && taken == 0, err)
		}
		in.giveSlots(n - taken)
	}
	for range slots {
		<-in.free
	}
}

func (in *intake) giveSlots(n int) {
	for range n {
		in.free <- struct{}{}
	}
}

// takeSlots waits for a free slot and takes all that are free then.
func (in *intake) takeSlots(ctx context.Context) int {
	select {
	case <-in.free:
	case <-ctx.Done():
		return 0
	}
	n := 1
	for n < maxPull {
		select {
		case <-in.free:
			n++
		default:
			return n
		}
	}
	return n
}

// pull asks for n jobs, or one as a probe, and starts each in its slot. A probe
// is released when its call is done, so that the lanes go on at once.
func (in *intake) pull(fetching, working context.Context, n int, probe bool, release func()) (taken int, err error) {
	batch, err := in.ask(n, probe)
	if err != nil {
		release()
		return 0, err
	}
	for msg := range batch.Messages() {
		taken++
		in.jobs.Go(func() {
			defer in.giveSlots(1)
			defer release()
			if fetching.Err() != nil {
				in.giveBack(in.receive(msg, in.lane.Name), nakFloor)
				return
			}
			in.handle(working, msg, in.lane.Name, release)
		})
	}
	if taken == 0 {
		release()
	}
	return taken, batch.Error()
}

func (in *intake) ask(n int, probe bool) (jetstream.MessageBatch, error) {
	if probe {
		return in.lane.Poll()
	}
	return in.lane.Fetch(n)
}

// rest pauses after a pull that failed or a probe that found nothing, and logs
// a failure once until it is over.
func (in *intake) rest(ctx context.Context, idle bool, err error) {
	failed := err != nil && ctx.Err() == nil
	switch {
	case failed && !in.failing:
		in.log.Warn("pull failed, trying on", keyLane, string(in.lane.Name), keyErr, err)
	case in.failing && !failed:
		in.log.Info("pull works again", keyLane, string(in.lane.Name))
	}
	in.failing = failed
	switch {
	case failed:
		_ = sleep(ctx, pullPause)
	case idle:
		_ = sleep(ctx, idleProbe)
	}
}
