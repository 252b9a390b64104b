package queue

import (
	"context"
	"sync"
	"time"
)

// Until is [context.WithDeadline] without a timer of its own: the requests that
// a worker makes for each job look at the deadline by themselves. Whoever waits
// for Done gets an ordinary context after all. Call Release when it is over.
func Until(parent context.Context, at time.Time) (context.Context, *Limited) {
	if d, ok := parent.Deadline(); ok && d.Before(at) {
		at = d
	}
	u := &Limited{Context: parent, at: at}
	return u, u
}

// A Limited context ends with its parent, or at a time.
type Limited struct {
	context.Context
	at time.Time

	mu     sync.Mutex
	timed  context.Context
	cancel context.CancelFunc
}

// Deadline is the parent's, or the time that was given.
func (u *Limited) Deadline() (time.Time, bool) { return u.at, true }

// Done is closed at the end.
func (u *Limited) Done() <-chan struct{} { return u.ordinary().Done() }

// Err is why it has ended, nil until then.
func (u *Limited) Err() error {
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

func (u *Limited) ordinary() context.Context {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.timed == nil {
		u.timed, u.cancel = context.WithDeadline(u.Context, u.at)
	}
	return u.timed
}

// Release frees what Done has made.
func (u *Limited) Release() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.cancel != nil {
		u.cancel()
	}
}

// ended is the end that a request has to watch beside the deadline.
func ended(ctx context.Context) <-chan struct{} {
	if u, ok := ctx.(*Limited); ok {
		return ended(u.Context) //nolint:contextcheck // the parent is what is meant
	}
	return ctx.Done()
}

// over is the error of a context whose deadline was looked at already.
func over(ctx context.Context) error {
	if u, ok := ctx.(*Limited); ok {
		return over(u.Context) //nolint:contextcheck // the parent is what is meant
	}
	return ctx.Err()
}
