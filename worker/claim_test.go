package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// A fakeBucket is a bucket with one key. Its confirmations can get lost.
type fakeBucket struct {
	value    []byte
	revision uint64
	// lost counts writes that are stored and not confirmed; down fails all.
	lost int
	down bool
}

var errNoAnswer = errors.New("no answer")

func (b *fakeBucket) Put(_ context.Context, _ string, value []byte, revision uint64) (uint64, error) {
	if revision != b.revision && !b.down {
		return 0, queue.ErrChanged
	}
	return b.write(value)
}

func (b *fakeBucket) Note(_ string, value []byte, revision uint64) error {
	if revision == b.revision {
		_, _ = b.write(value)
	}
	return nil
}

func (b *fakeBucket) Set(_ context.Context, _ string, value []byte) error {
	_, err := b.write(value)
	return err
}

func (b *fakeBucket) write(value []byte) (uint64, error) {
	if b.down {
		return 0, errNoAnswer
	}
	b.value, b.revision = bytes.Clone(value), b.revision+1
	if b.lost > 0 {
		b.lost--
		return 0, errNoAnswer
	}
	return b.revision, nil
}

func (b *fakeBucket) Get(context.Context, string) (jetstream.KeyValueEntry, error) {
	switch {
	case b.down:
		return nil, errNoAnswer
	case b.value == nil:
		return nil, jetstream.ErrKeyNotFound
	}
	return fakeEntry{b: b}, nil
}

type fakeEntry struct {
	jetstream.KeyValueEntry
	b *fakeBucket
}

func (e fakeEntry) Value() []byte      { return e.b.value }
func (e fakeEntry) Revision() uint64   { return e.b.revision }
func (e fakeEntry) Created() time.Time { return time.Now() }

func (b *fakeBucket) holding(e entry) *fakeBucket {
	b.value, _ = json.Marshal(e)
	b.revision = 7
	return b
}

func claimer(b *fakeBucket) *Worker {
	cfg := DefaultConfig()
	return &Worker{cfg: cfg, ledger: &ledger{b}, log: slog.New(slog.DiscardHandler), holds: newHolds(cfg, func(Event) {})}
}

func TestClaim(t *testing.T) {
	stored := &schema.Result{ID: "res-j1", JobID: "j1", Outcome: schema.OutcomeSent}
	for name, c := range map[string]struct {
		bucket   *fakeBucket
		ok, open bool
		do       action
		attempts int
	}{
		"a first claim":                     {bucket: &fakeBucket{}, ok: true, attempts: 1},
		"its confirmation lost: it is ours": {bucket: &fakeBucket{lost: 1}, ok: true, attempts: 1},
		"another's open claim: ask first":   {bucket: (&fakeBucket{}).holding(entry{State: stateClaimed, Nonce: "n", Attempts: 2}), do: retry, open: true, attempts: 2},
		"put aside by another: go on":       {bucket: (&fakeBucket{}).holding(entry{State: stateAside, Attempts: 3}), do: retry, attempts: 3},
		"done: the same result":             {bucket: (&fakeBucket{}).holding(entry{State: stateDone, Attempts: 1, Result: stored}), do: conclude, attempts: 1},
		"ledger down: nothing is sent":      {bucket: &fakeBucket{down: true}, do: hold},
	} {
		t.Run(name, func(t *testing.T) {
			w := claimer(c.bucket)
			d := decoded(jobSubject, `{"id":"j1","appId":"app1","code":"739154","to":"8613800138000"}`, "")
			next, ok := w.claim(t.Context(), d)
			if ok != c.ok || d.open != c.open || d.entry.Attempts != c.attempts {
				t.Errorf("ok %v, open %v, attempts %d", ok, d.open, d.entry.Attempts)
			}
			if !ok && next.do != c.do {
				t.Errorf("%s, want %s", next.do, c.do)
			}
			if !ok && next.do == conclude && next.stored == nil {
				t.Error("the stored result is not used")
			}
		})
	}
}

// The claim that goes on from an entry replaces it; a stale one does not.
func TestClaimIsCompareAndSet(t *testing.T) {
	bucket := (&fakeBucket{}).holding(entry{State: stateAside, Attempts: 3})
	w := claimer(bucket)
	first := decoded(jobSubject, `{"id":"j1","appId":"app1","code":"739154","to":"8613800138000"}`, "")
	second := decoded(jobSubject, `{"id":"j1","appId":"app1","code":"739154","to":"8613800138000"}`, "")
	w.recall(t.Context(), first, "")
	w.recall(t.Context(), second, "")
	if _, ok := w.claim(t.Context(), first); !ok {
		t.Fatal("the first claim failed")
	}
	if _, ok := w.claim(t.Context(), second); ok {
		t.Fatal("two claims of one revision")
	}
	if !second.open {
		t.Error("the second does not know that the first may be sending")
	}
}

// No entry holds a code or a number, whatever the job is.
func TestEntryHoldsNothingPersonal(t *testing.T) {
	bucket := &fakeBucket{}
	w := claimer(bucket)
	d := decoded(jobSubject, `{"id":"j1","appId":"app1","code":"739154","to":"8613800138000","metadata":{"a":"b"}}`, "")
	if _, ok := w.claim(t.Context(), d); !ok {
		t.Fatal("no claim")
	}
	for _, leak := range []string{"739154", "8613800138000"} {
		if strings.Contains(string(bucket.value), leak) {
			t.Errorf("the entry holds %s: %s", leak, bucket.value)
		}
	}
}
