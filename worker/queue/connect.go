package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema/seal"
)

// ErrUnreachable says that no NATS server answered.
var ErrUnreachable = errors.New("no NATS server reachable")

// A Queue is a connection to the job queue. It is safe for concurrent use.
type Queue struct {
	cfg    Config
	nc     *nats.Conn
	js     jetstream.JetStream
	closed chan struct{}

	identity *identity // nil: none of an nkey

	ackDenied chan struct{}
	denyOnce  sync.Once

	streams, buckets sync.Map // of handles, by name
	asks             asker

	refused  refusals
	sealKeys atomic.Pointer[seal.Keys]
	// noFleet is when the broker refused a question to the workers, in Unix
	// nanoseconds.
	noFleet atomic.Int64
	repeats atomic.Uint64 // results that the broker had already
}

// Connect connects to the NATS servers of cfg. It creates nothing: see
// [Queue.Provision].
func Connect(ctx context.Context, cfg Config) (*Queue, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	q := &Queue{cfg: cfg, closed: make(chan struct{}), ackDenied: make(chan struct{})}
	q.sealKeys.Store(cfg.SealKeys)
	if cfg.NKey != "" {
		q.identity = &identity{path: cfg.NKey}
	}
	up := make(chan struct{}, 1)
	nc, err := dial(cfg, q.options(up))
	if err != nil && cfg.Wait {
		// The client would go on trying without a word why.
		q.trouble(fmt.Errorf("connect to nats: %w", dialError(err)))
		nc, err = dial(cfg, append(q.options(up), nats.RetryOnFailedConnect(true)))
	}
	if err != nil {
		return nil, fmt.Errorf("connect to nats: %w", dialError(err))
	}
	q.nc = nc
	if q.identity != nil {
		q.identity.conn.Store(nc)
	}
	if err := q.awaitConnected(ctx, up); err != nil {
		q.end()
		return nil, err
	}
	if q.identity != nil {
		q.identity.known.Store(true)
	}
	if q.js, err = q.openJetStream(); err != nil {
		q.end()
		return nil, err
	}
	return q, nil
}

func (q *Queue) openJetStream(opts ...jetstream.JetStreamOpt) (js jetstream.JetStream, err error) {
	if q.cfg.Domain != "" {
		js, err = jetstream.NewWithDomain(q.nc, q.cfg.Domain, opts...)
	} else {
		js, err = jetstream.New(q.nc, opts...)
	}
	if err != nil {
		return nil, fmt.Errorf("open jetstream: %w", err)
	}
	return js, nil
}

func (q *Queue) awaitConnected(ctx context.Context, up <-chan struct{}) error {
	if q.nc.IsConnected() {
		return nil
	}
	select {
	case <-up:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("connect to nats: %w: %w", ErrUnreachable, context.Cause(ctx))
	}
}

// AckDenied is closed when the broker has refused an ack for want of rights. A
// worker that may pull and not acknowledge would send each job again and again.
func (q *Queue) AckDenied() <-chan struct{} { return q.ackDenied }

func (q *Queue) trouble(err error) {
	if errors.Is(err, nats.ErrPermissionViolation) {
		q.refused.note(err)
	}
	// The client tells the subject in the error's text only. Other refusals are
	// no reason to stop: a job may name a reply subject that is not ours.
	if errors.Is(err, nats.ErrPermissionViolation) && strings.Contains(err.Error(), `"$JS.ACK.`) {
		q.denyOnce.Do(func() { close(q.ackDenied) })
	}
	if q.cfg.OnTrouble != nil {
		q.cfg.OnTrouble(err)
	}
}

// AckWait is how long a worker may hold a job.
func (q *Queue) AckWait() time.Duration { return q.cfg.AckWait }

// Connected reports whether a server is connected at this moment.
func (q *Queue) Connected() bool { return q.nc.IsConnected() }

// Close sends what is still buffered and ends the connection. It waits for the
// last call of OnTrouble. Without a server there is nothing buffered, and it
// returns at once.
func (q *Queue) Close() error {
	var err error
	if q.nc.IsConnected() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		err = q.nc.FlushWithContext(ctx)
	}
	q.end()
	if err != nil && !errors.Is(err, nats.ErrConnectionClosed) && !errors.Is(err, nats.ErrConnectionReconnecting) {
		return fmt.Errorf("flush nats connection: %w", err)
	}
	return nil
}

func (q *Queue) end() {
	q.nc.Close()
	<-q.closed
}
