package queue

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/otpworker/otpworker/schema"
)

// ErrForbidden says that the broker does not give this connection the right.
var ErrForbidden = errors.New("not allowed to this connection")

// Facts are what [Queue.Check] found out. An Err beside a value says why the
// value is not known.
type Facts struct {
	// Answers is nil if this connection may receive answers at all. With an
	// error nothing below is known.
	Answers error

	Server    Server
	ServerErr error

	// Differences are those of [Queue.Differences]; not looked for when
	// Config.Provision is off.
	Differences    []string
	DifferencesErr error

	// Copies is how many copies the job stream has, and Cluster where they
	// are; empty on a single server.
	Copies    int
	Cluster   string
	CopiesErr error

	// Skew is that of [Queue.ClockSkew].
	Skew    time.Duration
	SkewErr error

	Rights []Right

	// LedgerTook is how long it took to write, read and remove an entry, if
	// that was tried.
	LedgerTried bool
	LedgerTook  time.Duration
	LedgerErr   error
}

// Server is the server that this connection has.
type Server struct {
	URL, Name, Version, Cluster string
	// Embedded: it is the server inside an otpworker.
	Embedded bool
	// Clear: jobs travel to another machine without TLS.
	Clear bool
	// APILevel is JetStream's; 0 before 2.11.
	APILevel int
}

// Use says what a worker will do with the queue, to check just that.
type Use struct {
	// ReplyTo are the subjects, with wildcards, that replies may go to.
	ReplyTo []string
	// Ledger says that attempts are claimed in the ledger.
	Ledger bool
	// Rate says that sends are held to a rate.
	Rate bool
	// Supersede says that a newer job for a number cancels an older one.
	Supersede bool
}

const (
	// checkTimeout bounds one question, checkLimit all of them.
	checkTimeout = 5 * time.Second
	checkLimit   = 20 * time.Second
)

// Check finds out whether this connection can do a worker's work. It takes no
// job, stores nothing but one entry of the ledger, which it removes, and
// returns within 20 s. While it runs, refused rights are told in the Facts and
// not to OnTrouble: check before the work begins.
func (q *Queue) Check(ctx context.Context, use Use) Facts {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	f := Facts{Answers: q.mayReceive(ctx)}
	if f.Answers != nil {
		return f // each question would wait for its answer in vain
	}
	f.Server = q.server()
	f.ServerErr = q.guarded(ctx, func(ctx context.Context) error { return q.askLevel(ctx, &f.Server) })
	if errors.Is(f.ServerErr, jetstream.ErrJetStreamNotEnabled) || errors.Is(f.ServerErr, jetstream.ErrJetStreamNotEnabledForAccount) {
		return f
	}
	if q.cfg.Provision != ProvisionOff {
		f.DifferencesErr = q.guarded(ctx, func(ctx context.Context) (err error) {
			f.Differences, err = q.Differences(ctx)
			return err
		})
	}
	f.CopiesErr = q.guarded(ctx, func(ctx context.Context) error { return q.askCopies(ctx, &f) })
	f.SkewErr = q.guarded(ctx, func(ctx context.Context) (err error) {
		f.Skew, err = q.ClockSkew(ctx)
		return err
	})
	f.Rights = q.rights(ctx, use)
	if use.Ledger {
		f.LedgerTried = true
		f.LedgerErr = q.guarded(ctx, func(ctx context.Context) error { return q.tryLedger(ctx, &f.LedgerTook) })
	}
	return f
}

func (q *Queue) server() Server {
	s := Server{
		URL: q.nc.ConnectedUrlRedacted(), Name: q.nc.ConnectedServerName(),
		Version: q.nc.ConnectedServerVersion(), Cluster: q.nc.ConnectedClusterName(),
	}
	s.Embedded = s.Name == embeddedName
	_, err := q.nc.TLSConnectionState()
	s.Clear = err != nil && !s.Embedded && !onThisMachine(s.URL)
	_, s.APILevel = q.nc.ConnectedServerJetStream()
	return s
}

func onThisMachine(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// askLevel prefers the level of the server that keeps the streams to that of
// the one we are connected to, which may be a leaf.
func (q *Queue) askLevel(ctx context.Context, s *Server) error {
	info, err := q.js.AccountInfo(ctx)
	if err != nil {
		return fmt.Errorf("ask for JetStream's API level: %w", err)
	}
	s.APILevel = info.API.Level
	return nil
}

func (q *Queue) askCopies(ctx context.Context, f *Facts) error {
	stream, err := q.js.Stream(ctx, schema.StreamJobs)
	if err != nil {
		return fmt.Errorf("look at stream %s: %w", schema.StreamJobs, err)
	}
	info := stream.CachedInfo()
	f.Copies = info.Config.Replicas
	if info.Cluster != nil {
		f.Cluster = info.Cluster.Name
	}
	return nil
}

// tryLedger does with an entry what a worker does with a claim. A purge leaves
// a mark of some bytes until the bucket's own age limit.
func (q *Queue) tryLedger(ctx context.Context, took *time.Duration) error {
	start := time.Now()
	kv, err := q.LedgerBucket(ctx)
	if err != nil {
		return err
	}
	key := "doctor." + nuid.Next()
	if _, err := kv.Create(ctx, key, []byte("{}")); err != nil {
		return fmt.Errorf("write to the ledger: %w", err)
	}
	if err := awaitEntry(ctx, kv, key); err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	if err := kv.Purge(ctx, key); err != nil {
		return fmt.Errorf("remove from the ledger: %w", err)
	}
	*took = time.Since(start)
	return nil
}

// replicaPause is between two looks for an entry that has just been stored.
const replicaPause = 20 * time.Millisecond

// awaitEntry reads an entry that has been stored. Any replica answers, and one may
// be a moment behind.
func awaitEntry(ctx context.Context, kv jetstream.KeyValue, key string) error {
	for {
		_, err := kv.Get(ctx, key)
		if !errors.Is(err, jetstream.ErrKeyNotFound) || sleepUntil(ctx, time.Now().Add(replicaPause)) != nil {
			return err
		}
	}
}

// guarded gives ask a context that also ends when the broker refuses a right:
// a refused request gets no answer, only a word on the connection.
func (q *Queue) guarded(ctx context.Context, ask func(context.Context) error) error {
	ctx, stop := context.WithTimeout(ctx, checkTimeout)
	defer stop()
	ctx, refuse := context.WithCancelCause(ctx)
	defer refuse(nil)
	before := q.nc.ErrorHandler()
	q.nc.SetErrorHandler(func(nc *nats.Conn, sub *nats.Subscription, err error) {
		if errors.Is(err, nats.ErrPermissionViolation) {
			refuse(fmt.Errorf("%w: %w", ErrForbidden, err))
			return
		}
		before(nc, sub, err)
	})
	defer q.nc.SetErrorHandler(before)
	err := ask(ctx)
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, ErrForbidden) {
		return cause
	}
	return err
}
