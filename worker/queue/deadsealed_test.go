package queue_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/schema/seal"
	"github.com/otpworker/otpworker/worker/queue"
)

// sealedLetter is the dead letter of a sealed job.
func sealedLetter(t *testing.T, public string) (letter schema.DeadLetter, box string) {
	t.Helper()
	sealed, err := seal.Seal(public, deadJob("a"))
	if err != nil {
		t.Fatal(err)
	}
	return letterOf(t, sealed), sealed.Sealed
}

func sealKeys(t *testing.T) (keys *seal.Keys, public string) {
	t.Helper()
	seed, public, err := seal.NewSeed()
	if err != nil {
		t.Fatal(err)
	}
	if keys, err = seal.ParseKeys(seed); err != nil {
		t.Fatal(err)
	}
	return keys, public
}

// Who has the seed can replay a sealed job; it is sealed anew, for its new id.
// That goes too for one that the worker had no key for.
func TestReplayOfASealedJob(t *testing.T) {
	for name, faults := range map[string][]schema.Fault{
		"refused by the provider": nil,
		"the worker had no key":   {{Field: "sealed", Problem: "is sealed for a key that is not here"}},
	} {
		t.Run(name, func(t *testing.T) {
			provisioned(t, func(t *testing.T, r *rig) {
				keys, public := sealKeys(t)
				letter, box := sealedLetter(t, public)
				letter.Faults = faults
				r.bury(letter)
				q := r.connect(func(cfg *queue.Config) { cfg.SealKeys = keys })
				defer closeQueue(t, q)
				if _, err := q.Replay(t.Context(), 1, queue.Replay{}); err != nil {
					t.Fatal(err)
				}
				got, _ := r.queued(1)
				if got.Sealed == "" || got.Sealed == box || !got.Code.IsZero() || !got.To.IsZero() {
					t.Fatalf("queued as %+v", got)
				}
				opened, err := keys.Open(got)
				if err != nil || opened.Code.Reveal() != deadJob("a").Code.Reveal() || opened.To.Reveal() != deadJob("a").To.Reveal() {
					t.Errorf("opens to %+v, %v", opened, err)
				}
			})
		})
	}
}

func TestReplayOfASealedJobIsRefused(t *testing.T) {
	keys, public := sealKeys(t)
	strange, _ := sealKeys(t)
	fault := func(field string) []schema.Fault { return []schema.Fault{{Field: field, Problem: "is wrong"}} }
	for name, c := range map[string]struct {
		keys   *seal.Keys
		faults []schema.Fault
		sealed error
		text   string
	}{
		"without the seed":           {nil, nil, queue.ErrSealed, "where the key is"},
		"without it, with its fault": {nil, fault("sealed"), queue.ErrSealed, "where the key is"},
		"with another seed":          {strange, nil, nil, "its job is invalid, publish it mended: sealed is sealed for a key that is not here"},
		"with another fault":         {keys, fault("to"), nil, "to is wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			provisioned(t, func(t *testing.T, r *rig) {
				letter, _ := sealedLetter(t, public)
				letter.Faults = c.faults
				r.bury(letter)
				q := r.connect(func(cfg *queue.Config) { cfg.SealKeys = c.keys })
				defer closeQueue(t, q)
				_, err := q.Replay(t.Context(), 1, queue.Replay{})
				if err == nil || !queue.Refused(err) || c.sealed != nil && !errors.Is(err, c.sealed) || !strings.Contains(err.Error(), c.text) {
					t.Errorf("got %v, want %q", err, c.text)
				}
				r.holds(schema.StreamDead, 1)
			})
		})
	}
}

// A box that was made for another job is not opened by putting it in a letter.
func TestReplayOfALiftedBox(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		keys, public := sealKeys(t)
		letter, _ := sealedLetter(t, public)
		letter.Payload = redact.NewPayload([]byte(strings.Replace(letter.Payload.Reveal(), `"id":"a"`, `"id":"b"`, 1)))
		r.bury(letter)
		q := r.connect(func(cfg *queue.Config) { cfg.SealKeys = keys })
		defer closeQueue(t, q)
		_, err := q.Replay(t.Context(), 1, queue.Replay{})
		if faults, ok := errors.AsType[schema.Faults](err); !ok || !faults.On("sealed") {
			t.Errorf("got %v", err)
		}
	})
}
