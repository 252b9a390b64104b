package bench

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// A Contender is what takes the jobs.
type Contender string

const (
	// Worker is this project's worker, as otpworker run starts it.
	Worker Contender = "worker"
	// Bare is a hand-written loop that keeps no promise but the result: no
	// validation, breaker, retry, ledger, log or expiry.
	Bare Contender = "bare"
)

// Contenders returns every contender.
func Contenders() []Contender { return []Contender{Worker, Bare} }

// A Sync says when the embedded NATS server's writes reach the disk.
type Sync string

const (
	// SyncAlways confirms nothing that is not on the disk, as the server that
	// otpworker run brings does.
	SyncAlways Sync = "always"
	// SyncDefault leaves it to the system, as a NATS server does by default.
	SyncDefault Sync = "default"
)

const (
	maxJobs  = 10_000_000
	maxSlots = 4096
	maxRate  = 100_000
	// maxTimed bounds the jobs of an open loop: each one's times are kept.
	maxTimed = 5_000_000
	maxApps  = 10_000
	maxFleet = 16
)

// warmUp is how much of an open loop is left out.
const warmUp = 2 * time.Second

// Config is the conditions of a measurement. Start from [DefaultConfig].
type Config struct {
	// Contender is who takes the jobs. Defaults to the worker.
	Contender Contender `json:"contender"`
	// Processes is how many of it there are, 1 to 16. Defaults to 1.
	Processes int `json:"processes"`
	// Slots is how many jobs each of them handles at once, 1 to 4096. Defaults
	// to 64.
	Slots int `json:"slots"`
	// Jobs is the backlog of a drain, 0 to 10,000,000; an open loop makes its
	// own. Defaults to 20,000.
	Jobs int `json:"jobs"`
	// Apps share the jobs, 1 to 10,000. Defaults to 1.
	Apps int `json:"apps"`
	// Lane is where the jobs wait. Defaults to batch.
	Lane schema.Lane `json:"lane"`
	// Latency is the provider's, 0 to 5 s. Defaults to 0.
	Latency time.Duration `json:"latency"`
	// Ledger is the worker's. Defaults to on.
	Ledger worker.Switch `json:"ledger"`
	// Log is the least level that the worker logs, into nothing; only what is
	// written costs. Defaults to warn: otpworker run writes two lines a job
	// unless OTPWORKER_LOG_LEVEL says so too.
	Log slog.Level `json:"log"`
	// Telemetry has the worker keep metrics, and export what the OTEL_* variables
	// ask for, as otpworker run does. Defaults to false.
	Telemetry bool `json:"telemetry"`
	// Sync is the embedded NATS server's. Defaults to default.
	Sync Sync `json:"sync"`
	// Rate is the jobs per second of an open loop, 0 to 100,000. Defaults to
	// 0: none.
	Rate int `json:"rate"`
	// For is how long an open loop goes on, its first two seconds left out,
	// more than 2 s. Defaults to 8 s.
	For time.Duration `json:"for"`
}

// DefaultConfig returns the defaults named at the fields.
func DefaultConfig() Config {
	return Config{
		Contender: Worker,
		Processes: 1,
		Slots:     64,
		Jobs:      20_000,
		Apps:      1,
		Lane:      schema.LaneBatch,
		Ledger:    worker.On,
		Log:       slog.LevelWarn,
		Sync:      SyncDefault,
		For:       8 * time.Second,
	}
}

// Validate reports every fault at once, each by its flag's name.
func (c Config) Validate() error {
	var faults []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	count := func(flag string, n, low, high int) {
		check(low <= n && n <= high, "--%s: %d is not %d to %d", flag, n, low, high)
	}
	check(slices.Contains(Contenders(), c.Contender), "--contender: %q is not worker or bare", c.Contender)
	count("processes", c.Processes, 1, maxFleet)
	count("slots", c.Slots, 1, maxSlots)
	count("jobs", c.Jobs, 0, maxJobs)
	count("apps", c.Apps, 1, maxApps)
	count("rate", c.Rate, 0, maxRate)
	check(c.Jobs > 0 || c.Rate > 0, "--jobs: 0 without --rate leaves nothing to measure")
	check(slices.Contains(schema.Lanes(), c.Lane), "--lane: %q is not interactive or batch", c.Lane)
	check(c.Latency >= 0 && c.Latency <= 5*time.Second, "--latency: %s is not 0s to 5s", c.Latency)
	check(c.Ledger == worker.On || c.Ledger == worker.Off, "--ledger: %q is not on or off", c.Ledger)
	check(c.Sync == SyncAlways || c.Sync == SyncDefault, "--sync: %q is not always or default", c.Sync)
	check(c.For > warmUp, "--for: %s is not more than the %s that are left out", c.For, warmUp)
	check(c.For <= warmUp || float64(c.Rate)*c.For.Seconds() <= maxTimed, "--for: %d per second for %s are more than %d jobs", c.Rate, c.For, maxTimed)
	return errors.Join(faults...)
}
