package bench

import (
	"context"
	"fmt"
)

// An Entry is a contender and its conditions, under a name.
type Entry struct {
	Name   string `json:"name"`
	Config Config `json:"config"`
}

// A Round is what one entry did in one round.
type Round struct {
	// Round counts from 1.
	Round int    `json:"round"`
	Entry string `json:"entry"`
	// Drain is nil without jobs, OpenLoop without a rate.
	Drain    *Drain    `json:"drain,omitempty"`
	OpenLoop *OpenLoop `json:"openLoop,omitempty"`
}

// Err says what is wrong with the counts.
func (r Round) Err() error {
	if r.Drain != nil {
		if err := r.Drain.Err(); err != nil {
			return fmt.Errorf("round %d, %s, drain: %w", r.Round, r.Entry, err)
		}
	}
	if r.OpenLoop != nil {
		if err := r.OpenLoop.Err(); err != nil {
			return fmt.Errorf("round %d, %s, open loop: %w", r.Round, r.Entry, err)
		}
	}
	return nil
}

// Foreign is the processors that other programs kept busy meanwhile, 0 where
// the system does not tell.
func (r Round) Foreign() (most float64) {
	if r.Drain != nil && r.Drain.Foreign != nil {
		most = *r.Drain.Foreign
	}
	if r.OpenLoop != nil && r.OpenLoop.Foreign != nil {
		most = max(most, *r.OpenLoop.Foreign)
	}
	return most
}

// Rounds measures the entries in turn, so that all of them see the same drift of
// the machine. each is called with what each did.
func (b *Bench) Rounds(ctx context.Context, entries []Entry, rounds int, each func(Round)) ([]Round, error) {
	var done []Round
	for n := range rounds {
		for _, e := range entries {
			r := Round{Round: n + 1, Entry: e.Name}
			if e.Config.Jobs > 0 {
				d, err := b.Drain(ctx, e.Config)
				if err != nil {
					return done, fmt.Errorf("round %d, %s, drain: %w", r.Round, e.Name, err)
				}
				r.Drain = &d
			}
			if e.Config.Rate > 0 {
				o, err := b.OpenLoop(ctx, e.Config)
				if err != nil {
					return done, fmt.Errorf("round %d, %s, open loop: %w", r.Round, e.Name, err)
				}
				r.OpenLoop = &o
			}
			done = append(done, r)
			each(r)
		}
	}
	return done, nil
}

// Of returns the rounds of one entry.
func Of(rounds []Round, entry string) []Round {
	var own []Round
	for _, r := range rounds {
		if r.Entry == entry {
			own = append(own, r)
		}
	}
	return own
}
