package worker

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/worker/queue"
)

// roundPause is between two rounds of the caretaker.
const roundPause = 30 * time.Second

// caretake looks after what no job's path does, in rounds, until ctx ends: the
// clock, strays, and apps that were on hold and have no jobs any more.
func (w *Worker) caretake(ctx context.Context) {
	for {
		w.sweep(ctx)
		w.holds.forgetIdle()
		if sleep(ctx, roundPause) != nil {
			return
		}
		w.measureSkew(ctx)
	}
}

// sweep answers queued messages whose subject names no lane or no app: no consumer
// takes them, and they would lie in the stream in silence.
func (w *Worker) sweep(ctx context.Context) {
	for ctx.Err() == nil {
		strays, err := w.queue.Strays(ctx)
		if err != nil && ctx.Err() == nil {
			w.log.Warn("strays not looked for", keyErr, err)
		}
		ended := 0
		for _, msg := range strays {
			if ctx.Err() == nil && w.answerStray(ctx, msg) {
				ended++
			}
		}
		if ended < queue.MaxStrays {
			return // there are no more, or they cannot be ended now
		}
	}
}

func (w *Worker) answerStray(ctx context.Context, msg *jetstream.RawStreamMsg) (ended bool) {
	d := &delivery{
		subject: msg.Subject, data: msg.Data, seq: msg.Sequence, queuedAt: msg.Time,
		entry: entry{TakenAt: time.Now()},
	}
	w.decode(d, msg.Header.Get(jetstream.MsgIDHeader))
	next, _ := w.validate(d)
	return w.settleStray(ctx, d, next)
}
