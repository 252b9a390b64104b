package stats

import (
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// Snapshot tells how the worker is now, with its throughput by the second.
func (c *Collector) Snapshot() Snapshot {
	s := c.Brief()
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Seconds = c.recent.history(s.At.Unix())
	return s
}

// Brief is Snapshot without the seconds: some kilobytes less.
func (c *Collector) Brief() Snapshot {
	now := time.Now()
	s := Snapshot{Schema: Schema, Version: c.version, At: now.UTC()}
	c.condition(&s)
	s.UptimeMS = now.Sub(c.began).Milliseconds()
	c.mu.Lock()
	defer c.mu.Unlock()
	unix := now.Unix()
	s.Total, s.LastMinute = countsOf(c.total), countsOf(c.recent.lastMinute(unix))
	s.Reasons, s.Aside = c.byReason()
	s.Attempts = map[string]uint64{
		"accepted": c.attempts[accepted], string(worker.Permanent): c.attempts[permanent],
		string(worker.Transient): c.attempts[transient], string(worker.ClassUnknown): c.attempts[classUnknown],
	}
	s.Asked, s.Found = c.asked, c.found
	s.Age = map[schema.Lane]Age{}
	for lane, name := range [lanes]schema.Lane{interactive: schema.LaneInteractive, batch: schema.LaneBatch} {
		recent := c.recent.lastAges(unix, lane)
		s.Age[name] = Age{Total: c.ages[lane].percentiles(), LastMinute: recent.percentiles()}
	}
	if !c.last.IsZero() {
		s.LastResultAt = c.last.UTC()
	}
	return s
}

// byReason leaves out what there was none of; mu is held.
func (c *Collector) byReason() (results schema.Reasons, aside map[string]uint64) {
	results, aside = schema.Reasons{}, map[string]uint64{}
	for reason, place := range reasons {
		if n := c.aside[place]; n > 0 {
			aside[reason] = n
		}
		for _, o := range schema.Outcomes() {
			n := c.results[kindOf(o)][place]
			if n == 0 {
				continue
			}
			if results[o] == nil {
				results[o] = map[string]uint64{}
			}
			results[o][reason] = n
		}
	}
	return results, aside
}

func countsOf(n [counted]uint64) Counts {
	return Counts{
		Taken: n[taken], Sent: n[sent], Rejected: n[rejected],
		Expired: n[expired], Unknown: n[unknown], Invalid: n[invalid], Withdrawn: n[withdrawn],
	}
}

// condition fills in what the worker tells of itself.
func (c *Collector) condition(s *Snapshot) {
	was := worker.Condition{Phase: worker.PhaseStarting}
	if source := c.source.Load(); source != nil {
		was = (*source).Condition()
	}
	s.Worker, s.State, s.StartedAt, s.Connected = was.Worker, was.Phase, c.began.UTC(), was.Connected
	s.Alive, s.Ready, s.Why = health(was)
	s.Calls, s.MostCalls = was.Calls, was.MostCalls
	s.AppsHeld, s.PausedBatches = was.AppsHeld, was.PausedBatches
	s.Rate, s.LimitedApps, s.SlowMS = was.Rate, was.LimitedApps, was.SlowFor.Milliseconds()
	s.RateShort = was.RateShort
	s.SkewMS, s.Ledger = was.Skew.Milliseconds(), was.Ledger
	s.Lanes = map[schema.Lane]Lane{}
	for name, l := range was.Lanes {
		s.InHand += l.Taken + l.Settling
		var oldest time.Time
		if l.Queued > 0 {
			oldest = c.Oldest(name)
		}
		s.Lanes[name] = Lane{
			Slots: l.Slots, Taken: l.Taken, Settling: l.Settling, Free: l.Free(), KeptBack: l.KeptBack,
			Queued: l.Queued, Queues: l.Queues, OldestAt: oldest,
		}
	}
	s.Breakers = make([]Breaker, 0, len(was.Breakers))
	for _, b := range was.Breakers {
		s.Breakers = append(s.Breakers, Breaker{
			Scope: b.Scope, AppID: b.AppID, State: b.State, Since: utc(b.Since), Until: utc(b.Until), Reason: b.Reason, Status: b.Status,
		})
	}
}

// utc keeps a time that is not set so.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}
