package pace_test

import (
	"context"
	"encoding/json"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// blind is a bucket without compare-and-set.
type blind struct{ jetstream.KeyValue }

func (b blind) Create(ctx context.Context, key string, value []byte, _ ...jetstream.KVCreateOpt) (uint64, error) {
	return b.Put(ctx, key, value)
}

func (b blind) Update(ctx context.Context, key string, value []byte, _ uint64) (uint64, error) {
	return b.Put(ctx, key, value)
}

// sure is a bucket that is gone from a time on; each worker then believes what
// it would have written.
type sure struct {
	jetstream.KeyValue
	from     time.Time
	last     []byte
	revision uint64
}

type believed struct {
	jetstream.KeyValueEntry
	*sure
}

func (b believed) Value() []byte    { return b.last }
func (b believed) Revision() uint64 { return b.revision }

func (s *sure) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	if key == "rate" && s.last != nil {
		return believed{sure: s}, nil
	}
	return s.KeyValue.Get(ctx, key)
}

func (s *sure) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	if time.Now().Before(s.from) {
		return s.KeyValue.Update(ctx, key, value, revision)
	}
	s.last, s.revision = value, revision+1
	return s.revision, nil
}

// mute is a bucket that tells nobody of a pause.
type mute struct{ jetstream.KeyValue }

func (m mute) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	var state map[string]json.RawMessage
	if err := json.Unmarshal(value, &state); err != nil {
		return 0, err
	}
	delete(state, "slow")
	value, err := json.Marshal(state)
	if err != nil {
		return 0, err
	}
	return m.KeyValue.Update(ctx, key, value, revision)
}
