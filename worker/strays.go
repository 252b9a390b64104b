package worker

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// strayPause is between two looks for strays.
const strayPause = 30 * time.Second

// sweep answers queued messages whose subject names no lane: no consumer takes
// them, and they would lie in the stream in silence. It runs until ctx ends.
func (w *Worker) sweep(ctx context.Context) {
	for {
		strays, err := w.queue.Strays(ctx)
		if err != nil && ctx.Err() == nil {
			w.log.Warn("strays not looked for", keyErr, err)
		}
		for _, msg := range strays {
			w.answerStray(ctx, msg)
		}
		if sleep(ctx, strayPause) != nil {
			return
		}
	}
}

func (w *Worker) answerStray(ctx context.Context, msg *jetstream.RawStreamMsg) {
	d := &delivery{
		subject: msg.Subject, data: msg.Data, seq: msg.Sequence, queuedAt: msg.Time,
		entry: entry{TakenAt: time.Now()},
	}
	d.decode(msg.Header.Get(jetstream.MsgIDHeader))
	next, _ := w.validate(d)
	w.settleStray(ctx, d, next)
}
