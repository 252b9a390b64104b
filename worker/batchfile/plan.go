package batchfile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// A Plan is what [Send] will do.
type Plan struct {
	// Batch is the record. Of a new one nothing is written yet.
	Batch queue.Batch
	// New says that there is no batch with this id.
	New bool
	// Queued is how many jobs wait on the batch lane, those of this batch included.
	Queued uint64
}

// ErrOtherInput says that a batch with the same id was made from something else.
var ErrOtherInput = errors.New("a batch with this id has another input")

// NewPlan looks for the batch with this id, and at what waits. [ErrOtherInput]
// says what differs.
func NewPlan(ctx context.Context, q *queue.Queue, f *File, id string) (Plan, error) {
	p := Plan{Batch: queue.Batch{
		ID: id, AppID: f.options.Defaults.AppID, State: queue.BatchOpen, Rows: uint64(f.Rows), Digest: string(f.Digest),
	}}
	found, err := q.Batch(ctx, id)
	switch {
	case errors.Is(err, queue.ErrNoBatch):
		p.New = true
	case err != nil:
		return Plan{}, err
	default:
		if err := f.check(found); err != nil {
			return Plan{}, err
		}
		p.Batch = found
	}
	p.Queued, err = waiting(ctx, q)
	return p, err
}

// check says in what a batch of the same id differs.
func (f *File) check(found queue.Batch) error {
	what := f.Digest.Differs(Digest(found.Digest))
	switch app := f.options.Defaults.AppID; {
	case found.AppID != app:
		what = fmt.Sprintf("--app (%s there, %s here)", found.AppID, app)
	case what != "" && found.Rows != uint64(f.Rows):
		what += fmt.Sprintf(" (%d rows there, %d here)", found.Rows, f.Rows)
	case what == "":
		return nil
	}
	return fmt.Errorf("batch %s: %w: what differs is %s; for a batch of its own give another id", found.ID, ErrOtherInput, what)
}

// waiting counts the jobs of the batch lane.
func waiting(ctx context.Context, q *queue.Queue) (n uint64, err error) {
	backlog, err := q.Backlog(ctx)
	for app, jobs := range backlog {
		if app.Lane == schema.LaneBatch {
			n += jobs
		}
	}
	return n, err
}

// Left is how many rows are still to be published.
func (p Plan) Left() int {
	if p.Batch.Ended() {
		return 0
	}
	return int(p.Batch.Rows - p.Batch.Published)
}

// Shortest is the shortest life of a code in the file.
func (f *File) Shortest() time.Duration {
	shortest := int(schema.MaxTTL.Seconds())
	for seconds := range f.Lives {
		shortest = min(shortest, seconds)
	}
	return time.Duration(shortest) * time.Second
}
