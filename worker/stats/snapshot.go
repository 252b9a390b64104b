package stats

import (
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// Schema is the version of the documents of this package. Fields may be added to
// them; it changes when one gets another meaning or goes.
const Schema = 1

// A Snapshot is one worker at one moment. Durations are in milliseconds.
type Snapshot struct {
	// Schema is that of the document.
	Schema int `json:"schema"`
	// Worker is its name, Version that of its program.
	Worker  string `json:"worker"`
	Version string `json:"version"`
	// State is starting, working or draining.
	State worker.Phase `json:"state"`
	// Alive says that its main loop goes round, Ready that it takes jobs, or would
	// if the provider let it. Why says in words why not.
	Alive bool     `json:"alive"`
	Ready bool     `json:"ready"`
	Why   []string `json:"why,omitempty"`
	// At is the moment, by the worker's clock.
	At        time.Time `json:"at"`
	StartedAt time.Time `json:"startedAt"`
	UptimeMS  int64     `json:"uptimeMs"`
	// Connected says that the broker is.
	Connected bool `json:"connected"`

	// Total counts since the start, LastMinute over the 60 s before At.
	Total      Counts `json:"total"`
	LastMinute Counts `json:"lastMinute"`
	// Reasons are those of the results since the start. One that is not known
	// here counts as "other".
	Reasons schema.Reasons `json:"reasons"`
	// Attempts counts calls since the start by their class: accepted, permanent,
	// transient or unknown. Asked counts questions whether a job was sent, and
	// Found those that it was.
	Attempts map[string]uint64 `json:"attempts"`
	Asked    uint64            `json:"asked"`
	Found    uint64            `json:"found"`
	// Aside counts jobs that were given back to the queue for a while, by reason.
	Aside map[string]uint64 `json:"aside"`
	// Age is the time from publish to result of each lane.
	Age map[schema.Lane]Age `json:"age"`
	// LastResultAt is left out before the first one.
	LastResultAt time.Time `json:"lastResultAt,omitzero"`

	// InHand is how many jobs are, over all lanes, those that settle included.
	InHand int `json:"inHand"`
	// Lanes are its slots and what it sees of the queue; none while it starts.
	Lanes map[schema.Lane]Lane `json:"lanes"`
	// Calls is how many calls may be out at once now, MostCalls without trouble at
	// the provider.
	Calls     int `json:"calls"`
	MostCalls int `json:"mostCalls"`
	// Breakers are that of the provider, that of the account, and at most 50 of
	// apps on hold; AppsHeld counts them all.
	Breakers []Breaker `json:"breakers"`
	AppsHeld int       `json:"appsHeld"`
	// PausedBatches counts the batches that are paused.
	PausedBatches int `json:"pausedBatches"`
	// Rate is the account's limit in sends per second, left out without one;
	// LimitedApps have one of their own. SlowMS is how much longer the provider
	// has asked all to wait.
	Rate        float64 `json:"rate,omitzero"`
	LimitedApps int     `json:"limitedApps,omitzero"`
	SlowMS      int64   `json:"slowMs,omitzero"`
	// RateShort says that jobs have waited for the rate, the account's or an app's,
	// for most of the last second.
	RateShort bool `json:"rateShort,omitzero"`
	// SkewMS is how far the worker's clock is behind the broker's; negative if it
	// is ahead.
	SkewMS int64 `json:"skewMs"`
	// Ledger says that attempts are claimed.
	Ledger bool `json:"ledger"`

	// Seconds is the throughput of the last five minutes. It is left out where a
	// snapshot has to be small.
	Seconds *Seconds `json:"seconds,omitempty"`
}

// Counts are jobs taken off the queue, and results by their outcome. A job that
// is given back to the queue is taken more than once.
type Counts struct {
	Taken    uint64 `json:"taken"`
	Sent     uint64 `json:"sent"`
	Rejected uint64 `json:"rejected"`
	Expired  uint64 `json:"expired"`
	Unknown  uint64 `json:"unknown"`
	Invalid  uint64 `json:"invalid"`
	// Withdrawn are those of Expired that were cancelled or superseded.
	Withdrawn uint64 `json:"withdrawn,omitzero"`
}

// Wanted is how many results there were of jobs that somebody still waited for: not
// those of a batch that was cancelled, or with a newer job for the number.
func (c Counts) Wanted() uint64 { return c.Results() - c.Withdrawn }

// Results is how many results there were.
func (c Counts) Results() uint64 { return c.Sent + c.Rejected + c.Expired + c.Unknown + c.Invalid }

// Plus is the sum of both.
func (c Counts) Plus(o Counts) Counts {
	return Counts{
		Taken: c.Taken + o.Taken, Sent: c.Sent + o.Sent, Rejected: c.Rejected + o.Rejected,
		Expired: c.Expired + o.Expired, Unknown: c.Unknown + o.Unknown, Invalid: c.Invalid + o.Invalid,
		Withdrawn: c.Withdrawn + o.Withdrawn,
	}
}

// Seconds is how much there was in each second, the oldest first.
type Seconds struct {
	// From is the first second.
	From     time.Time `json:"from"`
	Taken    []uint32  `json:"taken"`
	Sent     []uint32  `json:"sent"`
	Rejected []uint32  `json:"rejected"`
	Expired  []uint32  `json:"expired"`
	Unknown  []uint32  `json:"unknown"`
	Invalid  []uint32  `json:"invalid"`
}

// Age is a lane's job age: since the start, and over about the last minute.
type Age struct {
	Total      Percentiles `json:"total"`
	LastMinute Percentiles `json:"lastMinute"`
}

// Percentiles are times that so much of Count jobs did not exceed, each up to an
// eighth too high; 0 without jobs.
type Percentiles struct {
	Count uint64 `json:"count"`
	P50MS int64  `json:"p50Ms"`
	P90MS int64  `json:"p90Ms"`
	P99MS int64  `json:"p99Ms"`
}

// A Lane is a worker's slots in a lane, and what it sees of the queue.
type Lane struct {
	// Slots is how many jobs may be worked on at once, Taken how many are, Free how
	// many more could be, and KeptBack the rest: empty while the provider is slow.
	// Settling is how many have left their slot and have their result stored.
	Slots    int `json:"slots"`
	Taken    int `json:"taken"`
	Free     int `json:"free"`
	KeptBack int `json:"keptBack"`
	Settling int `json:"settling"`
	// Queued is how many jobs the queue holds, those in hand of all workers
	// included, and Queues of how many apps and batches they are.
	Queued uint64 `json:"queued"`
	Queues int    `json:"queues"`
	// OldestAt is when the oldest of them was queued; left out if there is none
	// or it is not known.
	OldestAt time.Time `json:"oldestAt,omitzero"`
}

// A Breaker says what is held, why and until when.
type Breaker struct {
	// Scope is provider, account or app; AppID says which app.
	Scope worker.Scope `json:"scope"`
	AppID string       `json:"appId,omitempty"`
	// State is closed, open or half-open, Since when it opened or closed again;
	// left out if it never opened.
	State string    `json:"state"`
	Since time.Time `json:"since,omitzero"`
	// Until is when the next probe may go out; only while open.
	Until time.Time `json:"until,omitzero"`
	// Reason and Status are those of the answer that opened it.
	Reason string `json:"reason,omitempty"`
	Status string `json:"status,omitempty"`
}

// Closed says that it holds nothing.
func (b Breaker) Closed() bool { return b.State == "closed" }
