package worker

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
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
	// so without the broker's word, Set whatever is there. None keeps the value.
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
	ctx, limited := queue.Until(ctx, time.Now().Add(ledgerTimeout))
	defer limited.Release()
	buf := documents.Get().(*[]byte)
	defer documents.Put(buf)
	data, err := e.encode((*buf)[:0], nil)
	if err != nil {
		return 0, err
	}
	*buf = data
	revision, err = l.Put(ctx, key, data, revision)
	if errors.Is(err, queue.ErrChanged) {
		return 0, errClaimed
	}
	return revision, err
}

// note is put without the broker's word for it, of an entry whose result may be
// encoded already.
func (l *ledger) note(key string, e entry, document []byte, revision uint64) error {
	buf := documents.Get().(*[]byte)
	defer documents.Put(buf)
	data, err := e.encode((*buf)[:0], document)
	if err != nil {
		return err
	}
	*buf = data
	return l.Note(key, data, revision)
}

// documents are the buffers that entries are written in; publishing copies them.
var documents = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}

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
