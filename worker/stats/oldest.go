package stats

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

const (
	// oldestEvery is how often each lane's oldest job is looked at: until the next
	// look one that is gone is still told.
	oldestEvery = time.Second
	// oldestLife is how long what was seen is told.
	oldestLife    = 5 * oldestEvery
	oldestTimeout = 3 * time.Second
)

// oldest is when each lane's oldest job was queued.
type oldest struct {
	mu   sync.Mutex
	seen map[schema.Lane]sight
}

type sight struct{ queuedAt, at time.Time }

// Oldest is when a lane's oldest job was queued, as it was seen some seconds ago;
// zero if there was none or nothing is known. See [Collector.LookForOldest].
func (c *Collector) Oldest(l schema.Lane) time.Time {
	c.oldest.mu.Lock()
	defer c.oldest.mu.Unlock()
	s, ok := c.oldest.seen[l]
	if !ok || time.Since(s.at) > oldestLife {
		return time.Time{}
	}
	return utc(s.queuedAt)
}

// LookForOldest looks each second at the oldest job of each lane that has
// some, until ctx ends or the broker refuses it. Without it snapshots do not tell.
func (c *Collector) LookForOldest(ctx context.Context, q *queue.Queue) {
	again := time.NewTicker(oldestEvery)
	defer again.Stop()
	for {
		if errors.Is(c.lookForOldest(ctx, q), queue.ErrForbidden) {
			return // the self-check has told of the right
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}

// lookForOldest leaves what it knows where the broker does not answer: that gets
// too old by itself.
func (c *Collector) lookForOldest(ctx context.Context, q *queue.Queue) error {
	source := c.source.Load()
	if source == nil || !q.Connected() {
		return nil
	}
	for lane, l := range (*source).Condition().Lanes {
		if l.Queued == 0 {
			continue
		}
		if err := c.oldest.look(ctx, q, lane); err != nil {
			return err
		}
	}
	return nil
}

func (o *oldest) look(ctx context.Context, q *queue.Queue, l schema.Lane) error {
	ctx, cancel := context.WithTimeout(ctx, oldestTimeout)
	defer cancel()
	head, ok, err := q.Head(ctx, schema.LaneSubjects(l))
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.seen == nil {
		o.seen = map[schema.Lane]sight{}
	}
	if !ok {
		delete(o.seen, l)
		return nil
	}
	o.seen[l] = sight{queuedAt: head.QueuedAt, at: time.Now()}
	return nil
}
