package bench

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// A follower reads results as an app does, as they are stored.
type follower struct {
	consuming jetstream.ConsumeContext

	mu      sync.Mutex
	tally   *tally
	arrived []time.Time // by job
	fault   error
	all     chan struct{} // closed when each job has its result
	once    sync.Once
	ending  sync.Once
}

func (s *stage) follow(ctx context.Context, jobs int) (*follower, error) {
	consumer, err := s.js.OrderedConsumer(ctx, schema.StreamResults, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return nil, fmt.Errorf("follow results: %w", err)
	}
	f := &follower{tally: newTally(s.run, jobs), arrived: make([]time.Time, jobs), all: make(chan struct{})}
	if f.consuming, err = consumer.Consume(f.take, jetstream.PullMaxMessages(5000), jetstream.PullHeartbeat(time.Second)); err != nil {
		return nil, fmt.Errorf("follow results: %w", err)
	}
	return f, nil
}

func (f *follower) take(msg jetstream.Msg) {
	now := time.Now()
	r, _, _, err := readResult(msg)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.fault = err
		return
	}
	if n, first := f.tally.add(r.JobID, r.Outcome); first {
		f.arrived[n] = now
	}
	if f.tally.counts.Lost == 0 {
		f.once.Do(func() { close(f.all) })
	}
}

// await gives the last results time to come, and ends following.
func (f *follower) await(ctx context.Context) error {
	select {
	case <-f.all:
	case <-time.After(5 * time.Second):
	case <-ctx.Done():
		return ctx.Err()
	}
	f.end()
	return f.fault
}

func (f *follower) end() {
	f.ending.Do(func() {
		f.consuming.Stop()
		<-f.consuming.Closed()
	})
}
