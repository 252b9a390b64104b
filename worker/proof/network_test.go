//go:build unix

package proof_test

import (
	"testing"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
)

// TestBadNetwork is T8 for the network, towards NATS and towards the provider.
// Jobs live long here: a request that the network delays may arrive after any
// expiry, which no sender can help.
func TestBadNetwork(t *testing.T) {
	s := begin(t, plan{
		name: "T8b", title: "T8 network that delays, cuts and swallows",
		jobs: sized(200, 5_000), pace: sized(20, 25), workers: sized(2, 4), nodes: 1,
		proxied: true, box: sandbox.Config{Latency: 50 * time.Millisecond, RecordDelay: recordDelay},
	})
	disturb := []func(*proxy){s.delay, s.cut, s.swallow}
	for round := s.rng.Perm(6); s.producing(); {
		if len(round) == 0 {
			round = s.rng.Perm(6)
		}
		disturb[round[0]/2]([]*proxy{s.toNATS, s.toBox}[round[0]%2])
		round = round[1:]
		pause(s.limit, 500*time.Millisecond)
	}
	s.end()
}

// delay holds each piece of data up, in both directions.
func (s *stage) delay(p *proxy) {
	s.injected("delays", 1)
	p.setLatency(time.Duration(20+s.rng.IntN(180)) * time.Millisecond)
	pause(s.limit, 1500*time.Millisecond)
	p.setLatency(0)
}

// cut ends all connections in the middle of what they carry.
func (s *stage) cut(p *proxy) {
	s.injected("cuts", 1)
	p.cut(s.rng.IntN(2000))
	s.await(p)
}

// swallow is a black hole, in the full size also one for longer than AckWait.
func (s *stage) swallow(p *proxy) {
	s.injected("black holes", 1)
	p.swallow(true)
	s.await(p)
	pause(s.limit, time.Second+time.Duration(s.rng.Int64N(int64(sized(time.Second, 7*time.Second)))))
	p.swallow(false)
}

// await waits until a fault has met something: the workers may be on their way
// back to NATS, and then none calls the provider.
func (s *stage) await(p *proxy) {
	until(s.limit, func() bool { return p.hit() || !s.producing() })
}
