package worker_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client"
)

// A counter turns calls away that are more at once than it has room for.
type counter struct {
	mu                 sync.Mutex
	takes              time.Duration
	room, in, most     int
	served, turnedAway int
}

func (c *counter) SendRule(context.Context, client.SendRuleRequest) (client.SendRuleResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.in >= c.room {
		c.turnedAway++
		return client.SendRuleResponse{}, &client.ThrottledError{Op: "sendRule", HTTPStatus: 429}
	}
	c.in++
	c.most = max(c.most, c.in)
	takes := c.takes
	c.mu.Unlock()
	time.Sleep(takes)
	c.mu.Lock()
	c.in--
	c.served++
	return client.SendRuleResponse{VerificationID: "1"}, nil
}

func (c *counter) RecordByOrderID(context.Context, client.RecordByOrderIDRequest) (client.Record, error) {
	return client.Record{}, nil
}

// since counts anew from now on.
func (c *counter) since(room int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.room, c.served, c.turnedAway, c.most = room, 0, 0, 0
}

func (c *counter) slow(takes time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.takes = takes
}

// atOnce is the most calls that were out since.
func (c *counter) atOnce() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.most
}

// A provider that takes four calls at once gets about four, and all of them again
// when it has room: without that half of the calls would be turned away.
func TestFewerCallsForACrowdedProvider(t *testing.T) {
	const slots = 16
	inVirtualTime(t, func(s *setup) {
		s.worker.BreakerFailures, s.worker.InteractiveSlots, s.worker.BatchSlots = 1000, 4, slots
	}, func(t *testing.T, r *rig) {
		provider := &counter{room: 4, takes: 100 * time.Millisecond}
		r.batchOf("app1", 4500)
		r.startWorkerWith(provider)
		time.Sleep(10 * time.Second)
		provider.since(4)
		time.Sleep(20 * time.Second)
		provider.mu.Lock()
		served, away := provider.served, provider.turnedAway
		provider.mu.Unlock()
		t.Logf("room for 4: %d served, %d turned away", served, away)
		if served < 400 || away > served/4 {
			t.Errorf("with room for 4: %d served in 20 s, %d turned away", served, away)
		}
		provider.since(1000)
		time.Sleep(15 * time.Second)
		provider.mu.Lock()
		if provider.most != slots {
			t.Errorf("%d calls at once for a provider that has recovered", provider.most)
		}
		provider.mu.Unlock()
		r.stopWorker()
	})
}
