package pace

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// stamped is a bucket that knows only the broker's time.
type stamped struct {
	jetstream.KeyValue
	jetstream.KeyValueEntry
	at       time.Time
	revision uint64
	way      time.Duration // there and back
}

func (s *stamped) Put(context.Context, string, []byte) (uint64, error) {
	time.Sleep(s.way)
	return 1, nil
}

func (s *stamped) Get(context.Context, string) (jetstream.KeyValueEntry, error) {
	time.Sleep(s.way)
	return s, nil
}

func (s *stamped) Bucket() string     { return "" }
func (s *stamped) Revision() uint64   { return s.revision }
func (s *stamped) Created() time.Time { return s.at }

// Tokens are worth nothing where the time that they are for is not known.
func TestLeapDropsTokens(t *testing.T) {
	for leap, left := range map[time.Duration]int{50 * time.Millisecond: 3, 2 * time.Second: 0, -2 * time.Second: 0} {
		synctest.Test(t, func(t *testing.T) {
			p := pacerOf(t, run{slot: 10 * sec, n: 3})
			p.kv = &stamped{at: time.Unix(10, 0).Add(leap), revision: 1}
			if err := p.measure(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
			if p.account.left != left {
				t.Errorf("after a leap of %s %d tokens are left, want %d", leap, p.account.left, left)
			}
		})
	}
}

// The entry was written between the question and its confirmation, or the answer
// if it is another worker's.
func TestMeasure(t *testing.T) {
	const ms = time.Millisecond
	for revision, width := range map[uint64]time.Duration{1: 10 * ms, 2: 20 * ms} {
		synctest.Test(t, func(t *testing.T) {
			p := pacerOf(t)
			p.clock.known = false
			p.kv = &stamped{at: time.Unix(50, 0), revision: revision, way: 10 * ms}
			if err := p.measure(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
			if low, high := p.clock.low, p.clock.high; high != 50*sec || high-low != width {
				t.Errorf("revision %d: the broker is %s to %s ahead, want %s to 50 s", revision, low, high, 50*sec-width)
			}
		})
	}
}

// A replica that never gets to know of the entry is no answer.
func TestMeasureWithoutAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pacerOf(t)
		p.kv = &stamped{}
		start := time.Now()
		if err := p.measure(t.Context(), 0); err == nil || time.Since(start) != askTimeout {
			t.Errorf("error %v after %s", err, time.Since(start))
		}
	})
}
