package worker_test

import (
	"fmt"
	"testing"
)

// number is that of the model's job i.
func (m model) number(i int) string {
	if m.share == 0 {
		return goodNumber
	}
	return fmt.Sprintf("86138001%05d", i/m.share)
}

// TestSupersedingModel has newer jobs cancel older ones among crashes and faults:
// what the model proves holds, and nobody is locked out. Each number has a job that
// was not superseded.
func TestSupersedingModel(t *testing.T) {
	const share = 3
	m := fullModel(*modelFrom, *modelJobs)
	m.share, m.change = share, superseding
	s := m.run(t)
	if !s.clean() {
		t.Error(s.audit)
	}
	cancelled, lockedOut := 0, 0
	for i := 0; i+share <= *modelJobs; i += share {
		before := cancelled
		for n := i; n < i+share; n++ {
			if s.reasons[fmt.Sprintf("s%d-%d", m.seed, n)] == "superseded" {
				cancelled++
			}
		}
		if cancelled-before == share {
			lockedOut++
		}
	}
	if lockedOut > 0 || cancelled < *modelJobs/20 {
		t.Errorf("%d jobs superseded, %d numbers with none left", cancelled, lockedOut)
	}
}

// reasons are those of the last result of each job.
func (w *world) reasons() map[string]string {
	w.t.Helper()
	reasons := map[string]string{}
	for id, results := range w.allResults() {
		reasons[id] = results[len(results)-1].Reason
	}
	return reasons
}
