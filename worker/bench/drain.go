package bench

import (
	"context"
	"errors"
	"time"
)

var errEnded = errors.New("it ended")

// A Drain is a backlog that was worked off.
type Drain struct {
	Counts

	// JobsPerSecond is reckoned from the first result stored to the last one.
	JobsPerSecond float64 `json:"jobsPerSecond"`
	// LongestGap is the longest time between two results, in seconds.
	LongestGap float64 `json:"longestGapSeconds"`
	Use
}

// Use is what the processes of a measurement used.
type Use struct {
	// Contender is the workers or loops; NATS is nil for a given server.
	Contender Cost  `json:"contender"`
	NATS      *Cost `json:"nats,omitempty"`
	Sandbox   Cost  `json:"sandbox"`
	// Foreign is the processors that other programs kept busy meanwhile, on
	// average: beyond 0.2 compare CPU times and ratios only. Nil where the
	// system does not tell.
	Foreign *float64 `json:"foreignProcessors,omitempty"`
}

// Drain publishes a backlog and has it worked off. A drain that lost or repeated
// something is returned with its counts and no error.
func (b *Bench) Drain(ctx context.Context, cfg Config) (d Drain, err error) {
	s, err := b.stage(ctx, cfg, cfg.Jobs)
	defer func() { err = errors.Join(err, s.end(ctx)) }()
	if err != nil {
		return d, err
	}
	if err := s.backlog(ctx, cfg.Jobs); err != nil {
		return d, err
	}
	if err := b.quiet(ctx); err != nil {
		return d, err
	}
	m, err := s.begin(ctx)
	if err != nil {
		return d, err
	}
	left, err := s.await(ctx, cfg.Jobs)
	if err != nil {
		return d, err
	}
	if d.Use, err = m.end(ctx, cfg.Jobs); err != nil {
		return d, err
	}
	p := newPace()
	t := newTally(s.run, cfg.Jobs)
	if err := s.readAll(ctx, func(r storedResult, at time.Time) {
		t.add(r.JobID, r.Outcome)
		p.add(at)
	}); err != nil {
		return d, err
	}
	stats, err := s.stats(ctx)
	if err != nil {
		return d, err
	}
	d.Counts = t.counts
	d.Left = left
	d.provider(stats)
	d.JobsPerSecond, d.LongestGap = p.rate(), p.gap.Seconds()
	return d, nil
}

// A pace is how results came in, by the broker's clock.
type pace struct {
	first, last time.Time
	n           int
	gap         time.Duration
}

func newPace() *pace { return &pace{} }

func (p *pace) add(at time.Time) {
	if p.n == 0 {
		p.first, p.last = at, at
	}
	p.n++
	p.gap = max(p.gap, at.Sub(p.last))
	p.last = at
}

// rate leaves the first result out: the time before it is not known.
func (p *pace) rate() float64 {
	took := p.last.Sub(p.first).Seconds()
	if took <= 0 {
		return 0
	}
	return float64(p.n-1) / took
}
