package queue

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A laggingBucket has an entry from a time on.
type laggingBucket struct {
	jetstream.KeyValue
	from time.Time
}

func (b laggingBucket) Get(context.Context, string) (jetstream.KeyValueEntry, error) {
	if time.Now().Before(b.from) {
		return nil, jetstream.ErrKeyNotFound
	}
	return nil, nil
}

// A replica that is behind is no ledger that cannot be read; one that never has what
// was stored is.
func TestAwaitEntry(t *testing.T) {
	for name, tc := range map[string]struct {
		lag  time.Duration
		want error
	}{
		"there":          {0, nil},
		"a moment later": {300 * time.Millisecond, nil},
		"never":          {time.Hour, jetstream.ErrKeyNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), checkTimeout)
				defer cancel()
				if err := awaitEntry(ctx, laggingBucket{from: time.Now().Add(tc.lag)}, "key"); !errors.Is(err, tc.want) {
					t.Errorf("%v, want %v", err, tc.want)
				}
			})
		})
	}
}
