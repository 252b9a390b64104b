package bench

import (
	"time"

	"github.com/otpworker/otpworker/worker"
)

// A Goal is a row of the table of speeds.
type Goal struct {
	// Name selects it, Measure says what it is.
	Name    string
	Measure string
	// Limit is the goal: a ratio, or seconds if Seconds. AtLeast or at most.
	Limit   float64
	AtLeast bool
	Seconds bool
	// Worst: the worst round counts and not the median.
	Worst bool

	trial *trial
	// value is the figure of one round, by entry.
	value func(map[string]Round) float64
}

// A trial is measurements that several goals are read off.
type trial struct {
	entries []Entry
	// rounds is how many it takes; 0: as many as asked for.
	rounds int
}

// Scale is the size of the goals' measurements.
type Scale struct {
	// Jobs of a drain; the other sizes follow. 50,000 is the size of the
	// table: drains of 20,000 for the gap, backlogs of 100,000 and 1,000,000.
	Jobs int
	// Rounds of each measurement.
	Rounds int
	// Base is what the rows leave open.
	Base Config
}

// gapDrains is how many drains the longest gap is looked for in.
const gapDrains = 50

// Names of the entries of goals.
const (
	onEntry, offEntry, bareEntry = "ledger on", "ledger off", "bare"
	smallEntry, bigEntry         = "small backlog", "big backlog"
	oneEntry, twoEntry           = "one worker", "two workers"
)

// providerLatency is that of the slow provider of the table.
const providerLatency = 50 * time.Millisecond

// Goals returns the rows of the table, in its order.
func Goals(s Scale) []Goal {
	drain := s.drain()
	slow := s.slow()
	synced := s.synced()
	added := s.added()
	return []Goal{
		{Name: "throughput-off", Measure: "throughput, provider latency 0, ledger off", Limit: 1.4, AtLeast: true, trial: drain, value: ratio(offEntry, bareEntry, rate)},
		{Name: "throughput-on", Measure: "throughput, provider latency 0, ledger on", Limit: 1.0, AtLeast: true, trial: drain, value: ratio(onEntry, bareEntry, rate)},
		{Name: "slow", Measure: "throughput, provider latency 50 ms, 512 slots, ledger on", Limit: 1.0, AtLeast: true, trial: slow, value: ratio(onEntry, bareEntry, rate)},
		{Name: "cpu-off", Measure: "worker CPU per 100,000 jobs, ledger off", Limit: 0.75, trial: drain, value: ratio(offEntry, bareEntry, cpu)},
		{Name: "cpu-on", Measure: "worker CPU per 100,000 jobs, ledger on", Limit: 1.0, trial: drain, value: ratio(onEntry, bareEntry, cpu)},
		{Name: "sync", Measure: "throughput with sync always, ledger on", Limit: 0.6, AtLeast: true, trial: synced, value: ratio(onEntry, bareEntry, rate)},
		{Name: "added-p50-on", Measure: "p50 added over 50 ms at 2,000/s, 512 slots, ledger on", Limit: 1.5, trial: added, value: ratio(onEntry, bareEntry, addedP50)},
		{Name: "added-p99-on", Measure: "p99 added over 50 ms at 2,000/s, 512 slots, ledger on", Limit: 1.5, trial: added, value: ratio(onEntry, bareEntry, addedP99)},
		{Name: "added-p50-off", Measure: "p50 added over 50 ms at 2,000/s, 512 slots, ledger off", Limit: 1.0, trial: added, value: ratio(offEntry, bareEntry, addedP50)},
		{Name: "added-p99-off", Measure: "p99 added over 50 ms at 2,000/s, 512 slots, ledger off", Limit: 1.0, trial: added, value: ratio(offEntry, bareEntry, addedP99)},
		{Name: "gap", Measure: "longest gap between results in each of 50 drains", Limit: 3, Seconds: true, Worst: true, trial: s.gaps(), value: func(r map[string]Round) float64 { return r[onEntry].Drain.LongestGap }},
		{Name: "backlog", Measure: "CPU per job, backlog of 20 × against 2 × the jobs", Limit: 1.1, trial: s.backlogs(), value: ratio(bigEntry, smallEntry, cpu)},
		{Name: "rss", Measure: "RSS at 512 slots", Limit: 1.5, trial: slow, value: ratio(onEntry, bareEntry, func(r Round) float64 { return r.Drain.Contender.RSS })},
		{Name: "two", Measure: "two workers against a 50 ms provider, slots as the bound", Limit: 1.9, AtLeast: true, trial: s.two(), value: ratio(twoEntry, oneEntry, rate)},
	}
}

func rate(r Round) float64     { return r.Drain.JobsPerSecond }
func cpu(r Round) float64      { return r.Drain.Contender.CPU }
func addedP50(r Round) float64 { return r.OpenLoop.P50 - milliseconds(providerLatency) }
func addedP99(r Round) float64 { return r.OpenLoop.P99 - milliseconds(providerLatency) }

func ratio(of, to string, figure func(Round) float64) func(map[string]Round) float64 {
	return func(r map[string]Round) float64 { return figure(r[of]) / figure(r[to]) }
}

// entry changes the base.
func (s Scale) entry(name string, change func(*Config)) Entry {
	c := s.Base
	c.Jobs, c.Rate, c.Slots = s.Jobs, 0, 64
	change(&c)
	return Entry{Name: name, Config: c}
}

// three are the worker with and without the ledger, and the loop.
func (s Scale) three(change func(*Config)) *trial {
	return &trial{entries: []Entry{
		s.entry(offEntry, func(c *Config) { c.Ledger = worker.Off; change(c) }),
		s.entry(onEntry, change),
		s.entry(bareEntry, func(c *Config) { c.Contender = Bare; change(c) }),
	}}
}

func (s Scale) drain() *trial { return s.three(func(*Config) {}) }

// pair leaves out the worker without the ledger.
func (s Scale) pair(change func(*Config)) *trial {
	t := s.three(change)
	t.entries = t.entries[1:]
	return t
}

func (s Scale) slow() *trial {
	return s.pair(func(c *Config) { c.Latency, c.Slots = providerLatency, 512 })
}

func (s Scale) synced() *trial {
	return s.pair(func(c *Config) { c.Sync, c.Jobs = SyncAlways, max(1, s.Jobs/5) })
}

func (s Scale) added() *trial {
	return s.three(func(c *Config) { c.Latency, c.Slots, c.Jobs, c.Rate = providerLatency, 512, 0, 2000 })
}

func (s Scale) gaps() *trial {
	return &trial{rounds: gapDrains, entries: []Entry{s.entry(onEntry, func(c *Config) { c.Jobs = max(1, s.Jobs*2/5) })}}
}

func (s Scale) backlogs() *trial {
	return &trial{entries: []Entry{
		s.entry(smallEntry, func(c *Config) { c.Jobs = 2 * s.Jobs }),
		s.entry(bigEntry, func(c *Config) { c.Jobs = 20 * s.Jobs }),
	}}
}

func (s Scale) two() *trial {
	with := func(n int) func(*Config) {
		return func(c *Config) { c.Latency, c.Jobs, c.Processes = providerLatency, max(1, s.Jobs/5), n }
	}
	return &trial{entries: []Entry{s.entry(oneEntry, with(1)), s.entry(twoEntry, with(2))}}
}
