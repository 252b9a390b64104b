//go:build unix

package proof_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// A stored result and when the broker stored it.
type stored struct {
	schema.Result
	at time.Time
}

// settled waits until every confirmed job has a result and none is left in the
// queue. It gives up when nothing was stored for a time in which a job that is
// lost could not have come back.
func (s *stage) settled() {
	const patience = 90 * time.Second
	var seen uint64
	moved := time.Now()
	until(s.limit, func() bool {
		left, results, err := s.counts()
		if err == nil && results > seen {
			seen, moved = results, time.Now()
		}
		done := err == nil && left == 0 && results >= uint64(s.producer.confirmed.Load())
		return done || time.Since(moved) > patience
	})
}

// counts is how many jobs wait and how many results are stored.
func (s *stage) counts() (left, results uint64, err error) {
	ctx, cancel := context.WithTimeout(s.limit, 2*time.Second)
	defer cancel()
	jobs, err := s.streams.Stream(ctx, schema.StreamJobs)
	if err != nil {
		return 0, 0, err
	}
	answers, err := s.streams.Stream(ctx, schema.StreamResults)
	if err != nil {
		return 0, 0, err
	}
	return jobs.CachedInfo().State.Msgs, answers.CachedInfo().State.Msgs, nil
}

// readResults reads all that are stored. It has a time of its own: the run's
// may be over because something was lost.
func (s *stage) readResults() ([]stored, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	consumer, err := s.streams.OrderedConsumer(ctx, schema.StreamResults, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	info, err := consumer.Info(ctx)
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	messages, err := consumer.Messages()
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	defer messages.Stop()
	all := make([]stored, 0, info.NumPending)
	for range info.NumPending {
		msg, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return nil, fmt.Errorf("read results: %w", err)
		}
		one, err := readResult(msg)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func readResult(msg jetstream.Msg) (stored, error) {
	meta, err := msg.Metadata()
	if err != nil {
		return stored{}, fmt.Errorf("read result: %w", err)
	}
	r, err := schema.DecodeResult(msg.Data())
	return stored{r, meta.Timestamp}, err
}

// longestStall is the longest time without a new result while jobs flowed.
func longestStall(all []stored, from, ended time.Time) time.Duration {
	var longest time.Duration
	slices.SortFunc(all, func(a, b stored) int { return a.at.Compare(b.at) })
	last := from
	for _, r := range all {
		if last.Before(ended) {
			longest = max(longest, r.at.Sub(last))
		}
		last = r.at
	}
	return longest
}
