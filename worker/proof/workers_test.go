//go:build unix

package proof_test

import (
	"testing"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
)

// slowBox takes a quarter of a second for an answer, so that a worker that is
// killed or frozen has sends out whose answer it will not see.
var slowBox = sandbox.Config{Latency: 250 * time.Millisecond, RecordDelay: recordDelay}

// TestKilledWorkers is T4.
func TestKilledWorkers(t *testing.T) {
	s := begin(t, plan{
		name: "T4", title: "T4 kill -9 of workers",
		jobs: sized(200, 20_000), pace: sized(40, 65), workers: sized(3, 4), nodes: 1,
		shortLives: true, box: slowBox,
	})
	s.spread(sized(5, 200), func() {
		s.fleet.killOne(s.rng)
		s.injected("kill -9", 1)
	})
	s.end()
}

// TestFrozenWorkers is T5: a worker that wakes up after its jobs were given to
// another one must not send them.
func TestFrozenWorkers(t *testing.T) {
	s := begin(t, plan{
		name: "T5", title: "T5 SIGSTOP of workers, longer than AckWait",
		jobs: sized(180, 5_000), pace: sized(30, 25), workers: sized(3, 4), nodes: 1,
		shortLives: true, box: slowBox,
	})
	s.spread(sized(3, 50), func() {
		d := ackWait + 500*time.Millisecond + time.Duration(s.rng.Int64N(int64(sized(time.Second, 4*time.Second))))
		s.fleet.freezeOne(s.limit, s.rng, d)
		s.injected("SIGSTOP", 1)
	})
	s.end()
}
