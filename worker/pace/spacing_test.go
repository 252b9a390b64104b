package pace

import (
	"math"
	"testing"
	"time"
)

// The proof of the bound, for every rate: so many slots fit into a window and
// the play before and after it.
func TestSpacingKeepsTheBound(t *testing.T) {
	for rate := MinRate; rate <= MaxRate; rate *= 1.0037 {
		for _, rate := range []float64{rate, math.Round(rate*10) / 10, math.Ceil(rate)} {
			if rate < MinRate {
				continue
			}
			s := newSpacing(rate)
			limit := max(1, int(rate*10*1.05+1e-9))
			play := s.early + s.late + s.grace
			if slots := int((window + play + s.step - 1) / s.step); slots > limit {
				t.Errorf("%v a second: %d slots in 10 s + %s, more than %d", rate, slots, play, limit)
			}
			if s.early < s.lead {
				t.Errorf("%v a second: an interactive call waits %s behind a batch", rate, s.lead-s.early)
			}
			if s.late < s.back+s.lead+s.slack {
				t.Errorf("%v a second: tokens of two scopes may never meet: %+v", rate, s)
			}
		}
	}
}

// What the bound costs: 3 to 4 % of most rates.
func TestSpacingLosesLittle(t *testing.T) {
	for rate, want := range map[float64]float64{
		0.1: 0.96, 0.5: 0.96, 0.75: 0.91, 0.85: 0.91, 1: 0.96, 1.5: 0.96, 2: 0.97, 2.5: 0.96, 7.3: 0.96, 20: 0.97, 2000: 0.97,
		// A window may hold 5 tokens, and not 5.775.
		0.55: 0.88,
	} {
		if got := float64(time.Second) / float64(newSpacing(rate).step) / rate; got < want-0.002 || got > 1 {
			t.Errorf("%v a second: %.3f of it is given, want %.2f", rate, got, want)
		}
	}
}

func TestChunk(t *testing.T) {
	for rate, want := range map[float64]int{0.01: 1, 0.5: 1, 5: 1, 20: 3, 100: 19, 2000: 387} {
		if got := newSpacing(rate).chunk(); got != want {
			t.Errorf("%v a second: a chunk of %d, want %d", rate, got, want)
		}
	}
}
