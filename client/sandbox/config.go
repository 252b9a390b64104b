package sandbox

import (
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

// The account of a sandbox that was configured with none.
const (
	DefaultKey    = "sandbox-key"
	DefaultSecret = "sandbox-secret"
)

const (
	defaultWindow   = 30 * time.Minute
	defaultMaxSends = 1_000_000
)

// What Config.UnknownRecord can be, beside any envelope status.
const (
	UnknownNull     = "null"     // status 0, data null
	UnknownMatched3 = "matched3" // status 0, verifications.matched 3
)

// Config sets up a Sandbox. The zero value is a well-behaved provider.
type Config struct {
	// APIKey is the one that is let in. Defaults to DefaultKey.
	APIKey redact.Secret

	// APISecret is what requests must be signed with. Defaults to DefaultSecret.
	APISecret redact.Secret

	// TimestampWindow is how far a timestamp may be from the sandbox's clock,
	// either way. Defaults to 30m, the sibling brand's rule.
	TimestampWindow time.Duration

	// RecordDelay is how long an accepted send stays invisible to the record
	// query. Defaults to 0.
	RecordDelay time.Duration

	// Latency is added to each answer. A send is accepted before it, so that a
	// caller who gives up meanwhile does not know. Defaults to 0.
	Latency time.Duration

	// ClockOffset is the sandbox's clock minus ours: its Date header and its
	// timestamp check follow it. Defaults to 0.
	ClockOffset time.Duration

	// UnknownRecord is the answer to a record query for an orderId that is
	// not known, which the provider does not document: a status such as "-24"
	// or "-22", UnknownNull or UnknownMatched3. Defaults to "-24".
	UnknownRecord string

	// RefuseRepeats answers a repeated orderId with -20 in place of a second
	// message. Defaults to false, the worst case.
	RefuseRepeats bool

	// MaxSends is how many sends are remembered; the oldest are forgotten
	// first. Defaults to 1,000,000.
	MaxSends int
}

func (c Config) withDefaults() Config {
	if c.APIKey.IsZero() {
		c.APIKey = redact.NewSecret(DefaultKey)
	}
	if c.APISecret.IsZero() {
		c.APISecret = redact.NewSecret(DefaultSecret)
	}
	if c.TimestampWindow == 0 {
		c.TimestampWindow = defaultWindow
	}
	if c.UnknownRecord == "" {
		c.UnknownRecord = "-24"
	}
	if c.MaxSends <= 0 {
		c.MaxSends = defaultMaxSends
	}
	return c
}
