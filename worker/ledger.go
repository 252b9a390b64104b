package worker

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/worker/queue"
)

var (
	// errClaimed: the entry is not as we knew it.
	errClaimed = errors.New("the job is claimed by somebody else")
	errNoEntry = errors.New("no entry")
)

// ledgerTimeout bounds one question to the ledger.
const ledgerTimeout = 3 * time.Second

// A ledger is the bucket of claims. [queue.Ledger] is one.
type ledger struct{ bucket }

type bucket interface {
	// Put writes an entry that nobody else has changed since revision, Note does
	// so without the broker's word, Set whatever is there.
	Put(ctx context.Context, key string, value []byte, revision uint64) (uint64, error)
	Note(key string, value []byte, revision uint64) error
	Set(ctx context.Context, key string, value []byte) error
	Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error)
}

// key is a job's name in the ledger. Ids should be unique across apps; where they
// are not, one app must not get the other's result.
func (d *delivery) key() string { return d.job.AppID + "." + d.job.ID }

// put writes an entry that nobody else has changed since revision; 0: that
// does not exist. One write, no read.
func (l *ledger) put(ctx context.Context, key string, e entry, revision uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	data, err := e.encode()
	if err != nil {
		return 0, err
	}
	revision, err = l.Put(ctx, key, data, revision)
	if errors.Is(err, queue.ErrChanged) {
		return 0, errClaimed
	}
	return revision, err
}

// get reads an entry. It may be a little old (any replica answers); only put
// decides.
func (l *ledger) get(ctx context.Context, key string) (e entry, revision uint64, at time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	kve, err := l.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return entry{}, 0, time.Time{}, errNoEntry
	}
	if err != nil {
		return entry{}, 0, time.Time{}, err
	}
	err = json.Unmarshal(kve.Value(), &e)
	return e, kve.Revision(), kve.Created(), err
}
