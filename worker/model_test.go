package worker_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// The size of the random simulation. The full one is
//
//	go test ./worker -run TestModel -v -model.seeds 20 -model.jobs 3000 -timeout 30m
var (
	modelSeeds = flag.Int("model.seeds", size(12, 1), "runs of the random simulation, one per seed")
	modelJobs  = flag.Int("model.jobs", size(3000, 1500), "jobs in each run of the random simulation")
	modelFrom  = flag.Uint64("model.from", 1, "first seed of the random simulation")
)

// size is that of a test, or what the race detector leaves time for.
func size(full, raced int) int {
	if underRace {
		return raced
	}
	return full
}

// A model is one random run: jobs in bursts, processes that crash and freeze at
// their effects, and a provider that loses, spoils and delays.
type model struct {
	seed             uint64
	jobs, processes  int
	crashes, freezes int
	// repeats is how many jobs in a thousand are published again.
	repeats int
	// ttl is the life of most codes in seconds, 0 the default.
	ttl  int
	odds odds
	// share is how many jobs in a row have a number together; 0: all.
	share int
	// change and gates take a guard away, for a negative control.
	change func(*setup)
	gates  func(*gate)
	// at is the effect that fates strike right before; "" any, before or after.
	at effect
}

// frozen is longer than the AckWait of 30 s.
const frozen = 45 * time.Second

// fullModel is the model of the proof. Records show up after at most 12 s: with
// what a call may take before it is written, that stays below call timeout and
// grace, 18 s.
func fullModel(seed uint64, jobs int) model {
	return model{
		seed: seed, jobs: jobs, processes: 4,
		crashes: jobs / 28, freezes: jobs / 250, repeats: 10,
		odds: odds{
			lostRequest: 20, lostAnswer: 50, http5xx: 30, garbage: 10, slow: 10,
			late: 12 * time.Second, latency: 150 * time.Millisecond,
		},
	}
}

// TestModel is the proof of "never lost, never twice, never late".
func TestModel(t *testing.T) {
	jobs, unknown := 0, 0
	for i := range *modelSeeds {
		m := fullModel(*modelFrom+uint64(i), *modelJobs)
		t.Run(fmt.Sprintf("seed %d", m.seed), func(t *testing.T) {
			s := m.run(t)
			jobs, unknown = jobs+s.jobs, unknown+s.unknown
			if !s.clean() {
				t.Error(s.audit)
			}
			if s.crashes != m.crashes || s.freezes != m.freezes {
				t.Errorf("%d crashes and %d freezes happened, want %d and %d", s.crashes, s.freezes, m.crashes, m.freezes)
			}
		})
	}
	if unknown*1000 > jobs {
		t.Errorf("%d of %d results are unknown, more than 0.1 %%", unknown, jobs)
	}
}

// A score is what a run of the model came to.
type score struct {
	*audit
	crashes, freezes, faults int
	// reasons are those of the results, by job.
	reasons map[string]string
}

// run runs the model and prints its line.
func (m model) run(t *testing.T) (s score) {
	t.Helper()
	began := time.Now()
	inWorld(t, m.setup, func(t *testing.T, w *world) {
		d := &director{model: m, world: w, rand: rand.New(rand.NewPCG(m.seed, 1))}
		w.gates = m.gates
		w.provider.misbehave(m.seed, m.odds)
		d.direct()
		s = score{w.audit(), d.crashed, d.frozen, w.provider.faultCount(), w.reasons()}
		t.Logf("seed %d: %d jobs, %d crashes, %d freezes, %d provider faults: %d lost, %d twice, %d duplicate, %d late, %d false, %d unknown (%d as poison); %v in %s",
			m.seed, s.jobs, s.crashes, s.freezes, s.faults, s.lost, s.twice, s.duplicate, s.late, s.wrong, s.unknown, s.poison,
			s.outcomes, time.Since(epoch).Round(time.Second))
		for _, story := range s.unknowns {
			t.Log(story)
		}
	})
	t.Logf("in real time %s", time.Since(began).Round(10*time.Millisecond))
	return s
}

func (m model) setup(s *setup) {
	s.worker.InteractiveSlots, s.worker.BatchSlots = 2, 2
	s.worker.RetryJitter = 0.25
	if m.change != nil {
		m.change(s)
	}
}
