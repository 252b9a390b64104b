//go:build unix

package proof_test

import (
	"testing"
	"time"
)

// TestKilledNodes is the first half of T6: a cluster of three loses one node
// after the other.
func TestKilledNodes(t *testing.T) {
	s := begin(t, plan{
		name: "T6a", title: "T6 kill -9 of one of three NATS nodes",
		jobs: sized(160, 24_000), pace: sized(20, 40), length: sized(8*time.Second, 10*time.Minute),
		workers: sized(2, 4), nodes: 3, shortLives: true, box: slowBox,
	})
	for s.producing() {
		pause(s.limit, sized(time.Second, 5*time.Second)+time.Duration(s.rng.Int64N(int64(2*time.Second))))
		i := s.rng.IntN(s.plan.nodes)
		s.broker.kill(i)
		s.injected("node kills", 1)
		pause(s.limit, time.Second)
		s.broker.start(i)
	}
	s.endCluster()
}

// TestKilledCluster is the second half: all three nodes at once.
func TestKilledCluster(t *testing.T) {
	s := begin(t, plan{
		name: "T6b", title: "T6 kill -9 of all three NATS nodes at once",
		jobs: sized(80, 4_200), pace: 20, workers: sized(2, 4), nodes: 3,
		shortLives: true, box: slowBox,
	})
	s.spread(sized(1, 20), func() {
		for i := range s.broker.nodes {
			s.broker.kill(i)
		}
		s.injected("cluster kills", 1)
		for i := range s.broker.nodes {
			s.broker.start(i)
		}
	})
	s.endCluster()
}

// endCluster is end for runs in which no send needs to be in doubt.
func (s *stage) endCluster() {
	s.t.Helper()
	r := s.finish()
	acks, err := readAckLog(s.fleet.processes.dir)
	if err != nil || len(acks.confirmed)*10 < r.jobs*9 {
		s.t.Errorf("the logs show %d confirmed acks for %d jobs (%v)", len(acks.confirmed), r.jobs, err)
	}
	for _, id := range acks.repeats() {
		r.repeats++
		s.explain(&r, "given out after its ack", id, nil)
	}
	s.t.Logf("%d acks confirmed, %d jobs given out after theirs", len(acks.confirmed), r.repeats)
	s.conclude(r)
}
