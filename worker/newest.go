package worker

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/queue"
)

const (
	// newestPause is how long a bucket that failed is left alone: no job shall
	// wait for its silence.
	newestPause = 5 * time.Second
	// newestTold is between two words about it in the log.
	newestTold = time.Minute
)

// newest is the bucket that says which job for a number is the newest, and what is
// known of the bucket itself. It is opened when it is there.
type newest struct {
	open   func(context.Context) (newestBucket, error)
	secret redact.Secret
	log    *slog.Logger

	mu      sync.Mutex
	bucket  newestBucket
	failing bool
	askAt   time.Time // when it is asked next, if it fails
	// told is what the log has last, toldAt since when.
	told   bool
	toldAt time.Time
}

// A newestBucket is what is needed of a [queue.Newest].
type newestBucket interface {
	Get(ctx context.Context, key string) (queue.Listed, error)
	Put(ctx context.Context, key string, l queue.Listed) error
}

func newNewest(q *queue.Queue, secret redact.Secret, log *slog.Logger) *newest {
	return &newest{secret: secret, log: log, open: func(ctx context.Context) (newestBucket, error) { return q.Newest(ctx) }}
}

// openNewest opens the bucket if newer jobs supersede older ones; a bucket that is
// not there keeps no worker from its work.
func (w *Worker) openNewest(ctx context.Context) {
	if !w.cfg.Supersede || w.newest != nil {
		return
	}
	w.newest = newNewest(w.queue, w.cfg.NumberKey, w.log)
	_, err := w.newest.opened(ctx)
	w.newest.heard(ctx, err)
}

// key names a number of an app without telling it: a keyed hash, because all
// numbers there are can be hashed in an hour.
func (n *newest) key(job schema.Job) string {
	mac := hmac.New(sha256.New, []byte(n.secret.Reveal()))
	mac.Write([]byte("otpworker newest\n" + job.AppID + "\n" + job.To.Reveal()))
	return job.AppID + "." + hex.EncodeToString(mac.Sum(nil)[:16])
}

func (n *newest) get(ctx context.Context, key string) (queue.Listed, error) {
	bucket, err := n.opened(ctx)
	if err != nil {
		return queue.Listed{}, err
	}
	return bucket.Get(ctx, key)
}

func (n *newest) put(ctx context.Context, key string, l queue.Listed) error {
	bucket, err := n.opened(ctx)
	if err != nil {
		return err
	}
	return bucket.Put(ctx, key, l)
}

func (n *newest) opened(ctx context.Context) (newestBucket, error) {
	n.mu.Lock()
	bucket := n.bucket
	n.mu.Unlock()
	if bucket != nil {
		return bucket, nil
	}
	bucket, err := n.open(ctx)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.bucket = bucket
	return bucket, nil
}

// may says whether the bucket is asked now: one that failed by one job now and
// then.
func (n *newest) may() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.failing {
		return true
	}
	now := time.Now()
	if now.Before(n.askAt) {
		return false
	}
	n.askAt = now.Add(newestPause)
	return true
}

// heard takes in how a question ended, and has the log told when that changes.
func (n *newest) heard(ctx context.Context, err error) {
	if errors.Is(ctx.Err(), context.Canceled) {
		return // a stop says nothing about the bucket
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	now := time.Now()
	if n.failing = err != nil; n.failing {
		n.askAt = now.Add(newestPause)
	}
	if n.failing == n.told || !n.toldAt.IsZero() && now.Sub(n.toldAt) < newestTold {
		return
	}
	n.told, n.toldAt = n.failing, now
	if n.failing {
		n.log.Warn("newer jobs cancel no older ones for now", keyErr, err)
		return
	}
	n.log.Info("newer jobs cancel older ones again")
}
