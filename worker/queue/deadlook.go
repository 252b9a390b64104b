package queue

import (
	"errors"
	"strings"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
)

// A LetterLook is what a person may know of a dead letter beside its own fields:
// nothing of its payload but the number, masked.
type LetterLook struct {
	// To prints as its last four digits; zero if it cannot be read.
	To redact.Phone
	// ExpiresAt is when the code's life ends; zero if that cannot be told.
	ExpiresAt time.Time
	// Expired: that is over.
	Expired bool
	// Refusal is why it cannot be replayed, see [Letter.CanReplay].
	Refusal error
	// NewJobID is the id of the job that a replay queues; empty if none can.
	NewJobID string
}

// Look tells of a letter at that time.
func (l Letter) Look(now time.Time) LetterLook {
	look := LetterLook{Refusal: l.CanReplay(now)}
	if again, err := l.again(now, true); err == nil {
		look.NewJobID = again.ID
	}
	// Of an invalid job there may be a number all the same.
	job, err := l.Job()
	look.To = job.To
	if err == nil {
		look.ExpiresAt = l.Expiry(job)
	}
	// Nothing outlives its queue by more than the longest life of a code.
	look.Expired = !look.ExpiresAt.IsZero() && !now.Before(look.ExpiresAt) || now.Sub(l.DiedAt) > schema.MaxTTL
	return look
}

// MaybeSent says that a replay asks first: see [ErrMaybeSent].
func (k LetterLook) MaybeSent() bool { return errors.Is(k.Refusal, ErrMaybeSent) }

// Hide masks the letter's number wherever it stands in a text: some apps put it
// into the job's id or the subject.
func (k LetterLook) Hide(text string) string {
	number := k.To.Reveal()
	if len(number) < 10 {
		return text
	}
	return strings.ReplaceAll(text, number, k.To.Mask())
}
