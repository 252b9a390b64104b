package schema

import (
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

const (
	// DefaultTTL is how long a code is worth sending when the job does not say.
	// It is the provider's own default for the life of a code.
	DefaultTTL = 300 * time.Second
	// MaxTTL is the longest that a job may ask for. No job outlives it,
	// whatever its expiresAt says.
	MaxTTL = 3600 * time.Second
)

// Job is one request to send one code to one number.
//
// Printing, logging and json.Marshal show masks for Code and To; Encode is the
// only way to the wire form.
type Job struct {
	// ID is the idempotency key, 1 to 64 of A-Z a-z 0-9 _ -. Required. Two jobs
	// with one id are one job.
	ID string `json:"id"`
	// AppID is the provider's app, 4 to 32 of A-Z a-z 0-9 _ -. Required. It is
	// a token of the job's subject.
	AppID string `json:"appId"`
	// TemplateID is the provider's template, 1 or more; 0 leaves the choice to
	// the provider.
	TemplateID int64 `json:"templateId,omitzero"`
	// Code is the one-time code, 1 to 10 printable ASCII characters without
	// space. Required unless Sealed holds it.
	Code redact.Code `json:"code"`
	// FlowID is the provider's task flow, 1 or more; 0 is none.
	FlowID int64 `json:"flowId,omitzero"`
	// To is the country code and number, 10 to 14 digits without "+". Required
	// unless Sealed holds it.
	To redact.Phone `json:"to"`
	// Channel defaults to sms. DecodeJob fills the default in.
	Channel Channel `json:"channel,omitzero"`
	// OrderID is what the provider knows the job by, up to 64 of
	// A-Z a-z 0-9 _ . -. Defaults to ID; see [Job.ProviderOrderID].
	OrderID string `json:"orderId,omitzero"`
	// ReplyTo is the subject that the result is also published to, up to 200
	// bytes. It is untrusted: see [CheckReplyTo]. Defaults to none.
	ReplyTo string `json:"replyTo,omitzero"`
	// CreatedAt is when the code was made. Defaults to when the job was queued.
	CreatedAt time.Time `json:"createdAt,omitzero"`
	// ExpiresAt is when the code stops being worth sending, at most 3600 s
	// after CreatedAt. Defaults to CreatedAt plus TTLSeconds; see [Job.Expiry].
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	// TTLSeconds is the life of the code in seconds, 1 to 3600. 0 defaults to 300.
	TTLSeconds int `json:"ttlSeconds,omitzero"`
	// BatchID names the batch the job belongs to, 1 to 64 of A-Z a-z 0-9 _ -. A
	// managed batch is that of the subject: see [BatchJobSubject]; on any other
	// subject it is a label only. Defaults to none.
	BatchID string `json:"batchId,omitzero"`
	// Sealed holds Code and To encrypted for the workers' key, in place of both:
	// see the package schema/seal. Defaults to none: they travel in the clear.
	Sealed string `json:"sealed,omitzero"`
	// Metadata is echoed in the result: up to 16 entries, keys of 1 to 64
	// bytes, values of up to 256 bytes, no control characters.
	Metadata map[string]string `json:"metadata,omitempty"`
}

// Expiry returns the instant after which the job must not be sent. queuedAt is
// when the queue stored it, and zero if it is not queued yet.
//
// It is ExpiresAt, or the creation plus TTLSeconds, or the earlier if both are
// given, and never later than the creation plus [MaxTTL]. The creation is
// CreatedAt, but queuedAt if CreatedAt is zero or later than queuedAt: a
// producer's fast clock must not lengthen a code's life. With neither there is
// nothing to count from, and ExpiresAt is returned as it stands.
func (j Job) Expiry(queuedAt time.Time) time.Time {
	created := j.CreatedAt
	if created.IsZero() || !queuedAt.IsZero() && created.After(queuedAt) {
		created = queuedAt
	}
	if created.IsZero() {
		return j.ExpiresAt
	}
	byTTL := created.Add(j.ttl())
	if j.ExpiresAt.IsZero() || byTTL.Before(j.ExpiresAt) {
		return byTTL
	}
	return j.ExpiresAt
}

// ttl is the longest life the job allows: ExpiresAt alone is bounded by MaxTTL
// only.
func (j Job) ttl() time.Duration {
	switch {
	case j.TTLSeconds > 0:
		return time.Duration(min(j.TTLSeconds, maxTTLSeconds)) * time.Second
	case j.ExpiresAt.IsZero():
		return DefaultTTL
	}
	return MaxTTL
}

// ProviderOrderID returns the order id that the provider knows the job by:
// OrderID, or ID if that is empty.
func (j Job) ProviderOrderID() string {
	if j.OrderID != "" {
		return j.OrderID
	}
	return j.ID
}
