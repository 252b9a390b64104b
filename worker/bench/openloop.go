package bench

import (
	"context"
	"errors"
	"slices"
	"time"
)

// An OpenLoop is jobs that came at a rate.
type OpenLoop struct {
	Counts

	// Rate is what was offered.
	Rate int `json:"rate"`
	// Timed are the jobs after the first two seconds; the percentiles of their
	// times from publish to result are in milliseconds.
	Timed int     `json:"timed"`
	P50   float64 `json:"p50Ms"`
	P90   float64 `json:"p90Ms"`
	P99   float64 `json:"p99Ms"`
	P999  float64 `json:"p999Ms"`
	// Behind is how late the latest job was published, in milliseconds: beyond
	// some tens the offered rate was not offered.
	Behind float64 `json:"behindMs"`
	Use

	// Times are those of each timed job, the shortest first.
	Times []time.Duration `json:"-"`
}

// OpenLoop publishes jobs at a rate, whatever becomes of them, and takes each
// one's time until its result is read.
func (b *Bench) OpenLoop(ctx context.Context, cfg Config) (o OpenLoop, err error) {
	jobs := int(float64(cfg.Rate) * cfg.For.Seconds())
	s, err := b.stage(ctx, cfg, jobs)
	defer func() { err = errors.Join(err, s.end(ctx)) }()
	if err != nil {
		return o, err
	}
	if err := b.quiet(ctx); err != nil {
		return o, err
	}
	f, err := s.follow(ctx, jobs)
	if err != nil {
		return o, err
	}
	defer f.end()
	m, err := s.begin(ctx)
	if err != nil {
		return o, err
	}
	sent, behind, err := s.offer(ctx, jobs)
	if err != nil {
		return o, err
	}
	left, err := s.await(ctx, jobs)
	if err != nil {
		return o, err
	}
	if o.Use, err = m.end(ctx, jobs); err != nil {
		return o, err
	}
	if err := f.await(ctx); err != nil {
		return o, err
	}
	stats, err := s.stats(ctx)
	if err != nil {
		return o, err
	}
	o.Counts = f.tally.counts
	o.Left = left
	o.provider(stats)
	o.Rate, o.Behind = cfg.Rate, milliseconds(behind)
	o.time(f, sent)
	return o, nil
}

func (o *OpenLoop) time(f *follower, sent []time.Time) {
	begin := sent[0].Add(warmUp)
	for n, at := range f.arrived {
		if !at.IsZero() && !sent[n].Before(begin) {
			o.Times = append(o.Times, at.Sub(sent[n]))
		}
	}
	slices.Sort(o.Times)
	o.Timed = len(o.Times)
	o.P50, o.P90 = milliseconds(Percentile(o.Times, 50)), milliseconds(Percentile(o.Times, 90))
	o.P99, o.P999 = milliseconds(Percentile(o.Times, 99)), milliseconds(Percentile(o.Times, 99.9))
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// offer publishes each job when it is due. sent is when that was.
func (s *stage) offer(ctx context.Context, jobs int) (sent []time.Time, behind time.Duration, err error) {
	l := newLoad(s)
	defer func() {
		if fault := l.end(); err == nil {
			err = fault
		}
	}()
	sent = make([]time.Time, jobs)
	start := time.Now()
	for n := range sent {
		due := start.Add(time.Duration(n) * time.Second / time.Duration(s.cfg.Rate))
		if wait := time.Until(due); wait > 0 {
			if err := s.pause(ctx, wait); err != nil {
				return nil, 0, err
			}
		}
		if sent[n], err = l.publish(n); err != nil {
			return nil, 0, err
		}
		behind = max(behind, sent[n].Sub(due))
	}
	return sent, behind, nil
}
