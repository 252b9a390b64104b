package queue

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	// maxRefused bounds the refusals that are remembered.
	maxRefused = 64
	// refusedFor is how long one explains a question without an answer: longer
	// than any question is waited for, and not for ever, as rights may be given.
	refusedFor = 10 * time.Second
)

// refusals are the broker's words that it refuses a subject.
type refusals struct {
	mu   sync.Mutex
	when map[string]refusal
}

type refusal struct {
	at  time.Time
	err error
}

func (r *refusals) note(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.when == nil || len(r.when) >= maxRefused {
		r.when = map[string]refusal{}
	}
	r.when[err.Error()] = refusal{time.Now(), err}
}

// of finds a recent refusal of a subject with this part.
func (r *refusals) of(part string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for text, one := range r.when {
		if strings.Contains(text, part) && time.Since(one.at) < refusedFor {
			return one.err
		}
	}
	return nil
}

// orRefused makes an error [ErrForbidden] if the broker has refused a subject with
// this part. A question that was refused gets no answer, only a word on the
// connection: it looks like one to a broker that is away. One that could not be
// put is [ErrUnreachable].
func (q *Queue) orRefused(err error, part string) error {
	if err = unsent(err); err == nil || errors.Is(err, ErrUnreachable) || !Away(err) && !errors.Is(err, nats.ErrPermissionViolation) {
		return err
	}
	if refused := q.refused.of(part); refused != nil {
		return fmt.Errorf("%w: %w", ErrForbidden, refused)
	}
	return err
}
