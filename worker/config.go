package worker

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
)

// A Switch is On or Off.
type Switch string

// The two states of a switch.
const (
	On  Switch = "on"
	Off Switch = "off"
)

// Config is how a worker works. Start from [DefaultConfig].
type Config struct {
	// Name identifies this worker in results and logs. Defaults to the host
	// name and the process id.
	Name string `env:"WORKER_NAME" desc:"this worker's name in results and logs" example:"otp-7"`
	// InteractiveSlots is how many jobs of the interactive lane this worker
	// handles at once, 1 to 4096. Defaults to 16.
	InteractiveSlots int `env:"INTERACTIVE_SLOTS" desc:"interactive jobs in hand at once, 1 to 4096" example:"32"`
	// BatchSlots is the same for the batch lane. Defaults to 48.
	BatchSlots int `env:"BATCH_SLOTS" desc:"batch jobs in hand at once, 1 to 4096" example:"128"`
	// Rate is how many sends per second all workers together may make for the
	// account, 0.01 to 100,000; 0 is no limit. It holds over any 10 s; all workers
	// should have the same. Defaults to 0.
	Rate float64 `env:"RATE" desc:"sends per second of all workers together, 0.01 to 100000; 0: no limit" example:"100"`
	// AppRates are the rates of single apps, beside that of the account. At most
	// 1,024. Defaults to none.
	AppRates map[string]float64 `env:"APP_RATES" envKeyValSeparator:"=" desc:"rates of single apps, also of all workers together" example:"myapp01=10,myapp02=0.5"`
	// Supersede has a newer job cancel an older one that still waits, if both are
	// for the same app and number: the older one's result is expired, with the
	// reason superseded. All workers should have the same. Defaults to false.
	Supersede bool `env:"SUPERSEDE" desc:"a newer job for the same app and number cancels an older one that still waits" example:"true"`
	// Grace is how much longer than the call timeout the provider may take to
	// show a record of a send, 0 to 2 min. A send that may have happened is
	// asked about, and perhaps repeated, only after call timeout + grace.
	// Defaults to 10 s.
	Grace time.Duration `env:"RECORD_GRACE" desc:"how late the provider may show a record of a send, 0 to 2m" example:"10s"`
	// Ledger says whether attempts are claimed in the ledger. Off is faster and
	// gives up: a worker that crashes in a call, a lost ack or a job published
	// twice can send a second message, and attempts are counted anew with each
	// delivery. Defaults to on.
	Ledger Switch `env:"LEDGER" desc:"on, or off: faster, but a crash, a lost ack or a repeated job can send twice" example:"on"`
	// RetryInitial is the delay after the first attempt, 10 ms to 1 min; each
	// further delay doubles. Defaults to 500 ms.
	RetryInitial time.Duration `env:"RETRY_INITIAL" desc:"delay after the first attempt; each further one doubles" example:"500ms"`
	// RetryMax bounds a delay, jitter included, up to 10 min. Defaults to 30 s.
	RetryMax time.Duration `env:"RETRY_MAX" desc:"longest delay between attempts" example:"30s"`
	// RetryJitter is the share of a delay that chance may add to it, 0 to 1.
	// Defaults to 0.25.
	RetryJitter float64 `env:"RETRY_JITTER" desc:"share of a delay that chance may add, 0 to 1" example:"0.25"`
	// RetryInPlace is the longest delay that is waited for in the slot; a
	// longer one gives the job back to the queue meanwhile. Defaults to 2 s.
	RetryInPlace time.Duration `env:"RETRY_IN_PLACE" desc:"longest delay waited for in the slot; longer ones in the queue" example:"2s"`
	// BreakerFailures is how many failures in a row open the provider's
	// breaker; half of at least 20 calls within 10 s open it too. 1 to 1000.
	// Defaults to 5.
	BreakerFailures int `env:"BREAKER_FAILURES" desc:"failures in a row that open the provider's breaker" example:"5"`
	// BreakerOpen is how long the provider's breaker stays open before a
	// probe, 100 ms to 5 min: at most this long after the provider is back the
	// queue drains. Defaults to 1 s.
	BreakerOpen time.Duration `env:"BREAKER_OPEN" desc:"pause before the provider is probed" example:"1s"`
	// AccountOpen is the same for the account's breaker, which one refusal of
	// the account opens. Defaults to 30 s.
	AccountOpen time.Duration `env:"ACCOUNT_OPEN" desc:"pause before a refused account is probed" example:"30s"`
	// AppOpen is the first pause of an app whose limit is reached (-23, -27);
	// each further one doubles. 100 ms to 5 min. Defaults to 5 s.
	AppOpen time.Duration `env:"APP_OPEN" desc:"first pause of an app at its limit; each further one doubles" example:"5s"`
	// AppOpenMax bounds that pause, up to 1 h. Defaults to 5 min.
	AppOpenMax time.Duration `env:"APP_OPEN_MAX" desc:"longest pause of an app at its limit" example:"5m"`
	// DrainTimeout is how long a stop waits for the jobs in hand, 0 to 10 min.
	// Defaults to 25 s.
	DrainTimeout time.Duration `env:"DRAIN_TIMEOUT" desc:"how long a stop waits for the jobs in hand" example:"25s"`
	// ReplyAllow lists the subjects a job's replyTo may name. Defaults to
	// otp.v1.reply.>
	ReplyAllow []string `env:"REPLY_ALLOW" desc:"subjects a job's replyTo may name, comma separated" example:"otp.v1.reply.>"`
	// SealSeed holds the seeds of 1 to 16 xkeys, with white space or commas between
	// them, that open sealed jobs: see the package schema/seal. All workers should
	// have the same; [Worker.UseSealKeys] changes them later. Defaults to none:
	// sealed jobs are refused.
	SealSeed redact.Secret `env:"SEAL_SEED" desc:"seeds of the keys that open sealed jobs, the current one first, see otpworker keys" example:"SX..."`
	// RequireSealed refuses jobs that are not sealed. Needs SealSeed. Defaults to
	// false.
	RequireSealed bool `env:"REQUIRE_SEALED" desc:"refuse jobs whose code and number are not sealed; needs OTPWORKER_SEAL_SEED" example:"false"`
	// Classify overrides the class of statuses. Defaults to none.
	Classify map[string]Class `env:"CLASSIFY" envKeyValSeparator:"=" desc:"overrides of the status table" example:"-28=transient,-10=permanent"`

	// CallTimeout is the hard deadline that the provider's client gives one
	// call. Defaults to 8 s.
	CallTimeout time.Duration
	// NumberKey keys the hash by which the newest job for a number is remembered;
	// all workers need the same. Required with Supersede, and used for nothing
	// else. Defaults to none.
	NumberKey redact.Secret
	// Logger gets one line per attempt and one per result. Defaults to none.
	Logger *slog.Logger
	// Observe is called with everything that happens to a job or a breaker.
	// It must be quick and must not call the worker. Defaults to nothing.
	Observe func(Event)
	// Tracer follows each delivery. Defaults to none.
	Tracer Tracer
}

// DefaultConfig returns the defaults named at the fields.
func DefaultConfig() Config {
	return Config{
		InteractiveSlots: 16,
		BatchSlots:       48,
		Grace:            10 * time.Second,
		Ledger:           On,
		RetryInitial:     500 * time.Millisecond,
		RetryMax:         30 * time.Second,
		RetryJitter:      0.25,
		RetryInPlace:     2 * time.Second,
		BreakerFailures:  5,
		BreakerOpen:      time.Second,
		AccountOpen:      30 * time.Second,
		AppOpen:          5 * time.Second,
		AppOpenMax:       5 * time.Minute,
		DrainTimeout:     25 * time.Second,
		ReplyAllow:       []string{schema.ReplySubjects},
		CallTimeout:      8 * time.Second,
	}
}

// Slots is how many jobs this worker handles at once.
func (c Config) Slots() int { return c.InteractiveSlots + c.BatchSlots }

// Validate reports every fault at once, each by its variable's name.
func (c Config) Validate() error {
	var faults []error
	bad := func(name, format string, args ...any) {
		faults = append(faults, fmt.Errorf("OTPWORKER_"+name+": "+format, args...))
	}
	within := func(name string, d, low, high time.Duration, example string) {
		if d < low || d > high {
			bad(name, "%s is not %s to %s (example %s)", d, low, high, example)
		}
	}
	count := func(name string, n, high int) {
		if n < 1 || n > high {
			bad(name, "%d is not 1 to %d (example 16)", n, high)
		}
	}
	if c.Ledger != On && c.Ledger != Off {
		bad("LEDGER", "%q is not on or off (example on)", c.Ledger)
	}
	count("INTERACTIVE_SLOTS", c.InteractiveSlots, 4096)
	count("BATCH_SLOTS", c.BatchSlots, 4096)
	count("BREAKER_FAILURES", c.BreakerFailures, 1000)
	for _, fault := range c.checkRates() {
		bad(fault.name, "%s", fault.problem)
	}
	within("RECORD_GRACE", c.Grace, 0, 2*time.Minute, "10s")
	within("RETRY_INITIAL", c.RetryInitial, 10*time.Millisecond, time.Minute, "500ms")
	within("RETRY_MAX", c.RetryMax, c.RetryInitial, 10*time.Minute, "30s")
	within("RETRY_IN_PLACE", c.RetryInPlace, 0, time.Minute, "2s")
	within("BREAKER_OPEN", c.BreakerOpen, 100*time.Millisecond, 5*time.Minute, "5s")
	within("ACCOUNT_OPEN", c.AccountOpen, 100*time.Millisecond, 5*time.Minute, "30s")
	within("APP_OPEN", c.AppOpen, 100*time.Millisecond, 5*time.Minute, "5s")
	within("APP_OPEN_MAX", c.AppOpenMax, c.AppOpen, time.Hour, "5m")
	within("DRAIN_TIMEOUT", c.DrainTimeout, 0, 10*time.Minute, "25s")
	if !(c.RetryJitter >= 0 && c.RetryJitter <= 1) { // NaN is neither
		bad("RETRY_JITTER", "%g is not 0 to 1 (example 0.25)", c.RetryJitter)
	}
	if _, err := c.sealKeys(); err != nil {
		bad("SEAL_SEED", "%w", err)
	}
	if c.RequireSealed && c.SealSeed.IsZero() {
		bad("REQUIRE_SEALED", "needs OTPWORKER_SEAL_SEED: every job would be refused")
	}
	for _, pattern := range c.ReplyAllow {
		if strings.ContainsAny(pattern, " \t\r\n$") || pattern == "" || strings.Contains(pattern, "..") {
			bad("REPLY_ALLOW", "%q is no pattern of subjects that replies may go to (example otp.v1.reply.>)", pattern)
		} else if schema.ReplyTakesOwn(pattern) {
			bad("REPLY_ALLOW", "%q takes in the worker's own subjects under otp.v1 (example otp.v1.reply.>)", pattern)
		}
	}
	for _, status := range slices.Sorted(maps.Keys(c.Classify)) {
		class := c.Classify[status]
		if n, err := strconv.Atoi(status); err != nil || n == 0 || strconv.Itoa(n) != status {
			bad("CLASSIFY", "%q is not a status that may be refused with (example -28=transient)", status)
		}
		if !class.valid() {
			bad("CLASSIFY", "%q for status %q is not permanent, transient or unknown (example -28=transient)", class, status)
		}
	}
	return errors.Join(faults...)
}

// CheckTimes holds the rule between what the broker allows and what a job in
// hand may take: the longest call and the longest wait in the slot fit into
// AckWait, or the broker would give the job to a second worker meanwhile.
func (c Config) CheckTimes(ackWait time.Duration) error {
	if c.CallTimeout <= 0 {
		return fmt.Errorf("OTPWORKER_CALL_TIMEOUT: %s is no time for a call (example 8s)", c.CallTimeout)
	}
	if need := c.CallTimeout + c.RetryInPlace + claimTime + leaseMargin; ackWait < need {
		return fmt.Errorf("OTPWORKER_ACK_WAIT: %s is less than OTPWORKER_CALL_TIMEOUT + OTPWORKER_RETRY_IN_PLACE + %s = %s",
			ackWait, claimTime+leaseMargin, need)
	}
	return nil
}
