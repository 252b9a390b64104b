package worker

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

const (
	// aheadPause is between two looks ahead, and maxAhead how many logins one takes
	// in: about a thousand a second.
	aheadPause = 500 * time.Millisecond
	maxAhead   = 500
)

// readAhead lists logins that no worker has taken yet, while more of them wait than
// are in hand: in an outage, or behind the rate. Otherwise the first job to be sent
// when the provider is back would be the oldest of each number. It takes nothing
// off the queue. Batches are not read ahead: a file has each number once.
func (w *Worker) readAhead(ctx context.Context) {
	for from := uint64(1); sleep(ctx, aheadPause) == nil; {
		if !w.loginsWait(ctx) {
			from = 1
			continue
		}
		from = w.listAhead(ctx, from)
	}
}

func (w *Worker) loginsWait(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	backlog, err := w.queue.Backlog(ctx)
	if err != nil {
		return false // look has told
	}
	var waiting uint64
	for app, n := range backlog {
		if app.Lane == schema.LaneInteractive {
			waiting += n
		}
	}
	return waiting > uint64(w.lanes[schema.LaneInteractive].taken())
}

// listAhead lists the logins from a sequence on, and returns where to go on.
func (w *Worker) listAhead(ctx context.Context, from uint64) (next uint64) {
	for range maxAhead {
		msg, err := w.queue.Ahead(ctx, schema.LaneSubjects(schema.LaneInteractive), from)
		if err != nil || msg == nil || !w.newest.may() {
			break // the next round goes on
		}
		w.announce(ctx, msg)
		from = msg.Sequence + 1
	}
	return from
}

// announce lists a login that waits in the queue.
func (w *Worker) announce(ctx context.Context, msg *jetstream.RawStreamMsg) {
	d := &delivery{subject: msg.Subject, data: msg.Data, seq: msg.Sequence, queuedAt: msg.Time, count: 1}
	defer w.survive(d)
	w.decode(d, msg.Header.Get(jetstream.MsgIDHeader))
	if len(d.faults) > 0 || !time.Now().Before(d.expiresAt) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, newestTime)
	defer cancel()
	_, _, err := w.list(ctx, d, w.newest.key(d.job), true)
	w.newest.heard(ctx, err)
}
