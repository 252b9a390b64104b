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
	defaultPrice    = Amount(100) // 0.01
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

	// ClockOffset is the sandbox's clock minus ours: its Date header and its
	// timestamp check follow it. Defaults to 0.
	ClockOffset time.Duration

	// Latency is added to each answer. A send is accepted before it, so that a
	// caller who gives up meanwhile does not know. Defaults to 0.
	Latency time.Duration

	// RecordDelay is how long an accepted send stays invisible to the record
	// queries. Defaults to 0.
	RecordDelay time.Duration

	// DeliveryDelay is how long each message is being sent before it is
	// delivered or fails. Defaults to 0.
	DeliveryDelay time.Duration

	// Strict refuses sends and settings that name an app, template or flow
	// that was never added, with UnknownID. Defaults to false: such an app has
	// no limits, such a template is a plain text, such a flow sends nothing,
	// and an update adds the id it names.
	Strict bool

	// UnknownID is the status for ids that are not known, which the provider
	// does not document. Defaults to "-24".
	UnknownID string

	// UnknownRecord is the answer to a record query for an id that is not
	// known, which the provider does not document: a status such as "-24" or
	// "-22", UnknownNull or UnknownMatched3. Defaults to "-24".
	UnknownRecord string

	// RefuseRepeats answers a repeated orderId with -20 in place of a second
	// message. Defaults to false, the worst case.
	RefuseRepeats bool

	// Balance is the money of the account; each message costs Price, delivered
	// or not, and without it is refused (-10). Defaults to money without end.
	Balance *Amount

	// Price of a message; 0 is free. Defaults to 0.01 with a Balance, else to
	// free.
	Price *Amount

	// SensitiveWords are refused (-29) wherever they stand in a message, in
	// upper or lower case. Defaults to none.
	SensitiveWords []string

	// OnMessage hears of each message when it is sent, and once more at its
	// end if DeliveryDelay is set. The calls come one at a time, in order,
	// before the sender has its answer: it should return soon. It may ask
	// Stats, Sends and Inbox, and must neither call the provider nor Close.
	// Defaults to nobody.
	OnMessage func(Message)

	// MaxSends is how many sends are remembered; the oldest are forgotten
	// first, with what their flows had still to send. Per-phone limits
	// remember as many phones. Defaults to 1,000,000.
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
	if c.UnknownID == "" {
		c.UnknownID = statusNotFound
	}
	if c.UnknownRecord == "" {
		c.UnknownRecord = statusNotFound
	}
	if c.Price == nil {
		c.Price = new(Amount)
		if c.Balance != nil {
			*c.Price = defaultPrice
		}
	}
	if c.MaxSends <= 0 {
		c.MaxSends = defaultMaxSends
	}
	return c
}
