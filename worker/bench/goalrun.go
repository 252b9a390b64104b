package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Reached is a goal and how far it was reached.
type Reached struct {
	Goal

	// Value is the median of the rounds, or the worst of them; Low and High
	// are the least and the largest.
	Value, Low, High float64
	Rounds           int
	// Foreign is the processors that other programs kept busy, the median of
	// its measurements: beyond 0.2 the figure is worth little.
	Foreign float64
}

// Met says that the goal is reached.
func (r Reached) Met() bool {
	switch {
	case r.AtLeast:
		return r.Value >= r.Limit
	case r.Seconds:
		return r.Value < r.Limit
	}
	return r.Value <= r.Limit
}

// Reach measures goals, those of one trial together. told hears of each round
// and of how many there are, each of a goal once it is measured, in the order of
// the trials. The error is also that of counts that were wrong, after all was
// measured.
func (b *Bench) Reach(ctx context.Context, goals []Goal, s Scale, told func(r Round, of int), each func(Reached) error) error {
	var wrong []error
	var done []*trial
	for _, g := range goals {
		if slices.Contains(done, g.trial) {
			continue
		}
		done = append(done, g.trial)
		n := s.Rounds
		if g.trial.rounds > 0 {
			n = g.trial.rounds
		}
		rounds, err := b.Rounds(ctx, g.trial.entries, n, func(r Round) {
			if err := r.Err(); err != nil {
				wrong = append(wrong, err)
			}
			told(r, n)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", g.Name, err)
		}
		for _, same := range goals {
			if same.trial != g.trial {
				continue
			}
			if err := each(same.reached(rounds, n)); err != nil {
				return err
			}
		}
	}
	return errors.Join(wrong...)
}

// reached reads a goal off its trial's rounds.
func (g Goal) reached(rounds []Round, n int) Reached {
	var values []float64
	for i := range n {
		byEntry := map[string]Round{}
		for _, r := range rounds {
			if r.Round == i+1 {
				byEntry[r.Entry] = r
			}
		}
		if v := g.value(byEntry); !math.IsNaN(v) && !math.IsInf(v, 0) {
			values = append(values, v)
		}
	}
	r := Reached{Goal: g, Value: Median(values), Rounds: len(values), Low: math.NaN(), High: math.NaN()}
	if len(values) > 0 {
		r.Low, r.High = slices.Min(values), slices.Max(values)
	}
	var foreign []float64
	for _, one := range rounds {
		foreign = append(foreign, one.Foreign())
	}
	if len(foreign) > 0 {
		r.Foreign = Median(foreign)
	}
	if g.Worst {
		r.Value = r.High
		if g.AtLeast {
			r.Value = r.Low
		}
	}
	return r
}
