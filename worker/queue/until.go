package queue

import (
	"context"
	"sync"
	"time"
)

// Until is [context.WithDeadline] without a timer of its own: the requests that
// a worker makes for each job look at the deadline by themselves. Whoever waits
// for Done gets an ordinary context after all. Call release when it is over.
func Until(parent context.Context, at time.Time) (ctx context.Context, release func()) {
	u := &until{Context: parent, at: at}
	if d, ok := parent.Deadline(); ok && d.Before(at) {
		u.at = d
	}
	return u, u.release
}

type until struct {
	context.Context
	at time.Time

	mu     sync.Mutex
	timed  context.Context
	cancel context.CancelFunc
}

func (u *until) Deadline() (time.Time, bool) { return u.at, true }

func (u *until) Done() <-chan struct{} { return u.ordinary().Done() }

func (u *until) Err() error {
	u.mu.Lock()
	timed := u.timed
	u.mu.Unlock()
	switch {
	case timed != nil:
		return timed.Err()
	case u.Context.Err() != nil:
		return u.Context.Err()
	case !time.Now().Before(u.at):
		return context.DeadlineExceeded
	}
	return nil
}

func (u *until) ordinary() context.Context {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.timed == nil {
		u.timed, u.cancel = context.WithDeadline(u.Context, u.at)
	}
	return u.timed
}

func (u *until) release() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.cancel != nil {
		u.cancel()
	}
}

// ended is the end that a request has to watch beside the deadline.
func ended(ctx context.Context) <-chan struct{} {
	if u, ok := ctx.(*until); ok {
		return ended(u.Context) //nolint:contextcheck // the parent is what is meant
	}
	return ctx.Done()
}
