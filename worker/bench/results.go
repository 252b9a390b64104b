package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

const (
	// pollPause is between two looks at how far a run is: each is two small
	// requests, so that nobody follows the results while the time is measured.
	pollPause = 50 * time.Millisecond
	// patience is how long nothing may move before a run has failed.
	patience = 75 * time.Second
)

// await returns when all jobs have results and none is left in the queue, or
// when nothing moves any more: the counts tell.
func (s *stage) await(ctx context.Context, jobs int) (left uint64, err error) {
	last, moved := uint64(0), time.Now()
	for {
		queued, stored, err := s.messages(ctx)
		if err != nil {
			return queued, err
		}
		if queued == 0 && stored >= uint64(jobs) {
			return 0, nil
		}
		if mark := stored<<32 + queued; mark != last {
			last, moved = mark, time.Now()
		}
		if time.Since(moved) > patience {
			return queued, nil
		}
		if err := s.pause(ctx, pollPause); err != nil {
			return queued, err
		}
	}
}

// pause waits, and reports a process that ended meanwhile.
func (s *stage) pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	for _, p := range append(s.contenders, s.box) {
		select {
		case _, more := <-p.replies:
			if !more {
				return p.broken("run", errEnded)
			}
		default:
		}
	}
	return nil
}

func (s *stage) messages(ctx context.Context) (queued, stored uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, setUpTime)
	defer cancel()
	for name, n := range map[string]*uint64{schema.StreamJobs: &queued, schema.StreamResults: &stored} {
		stream, err := s.js.Stream(ctx, name)
		if err != nil {
			return 0, 0, fmt.Errorf("look at stream %s: %w", name, err)
		}
		*n = stream.CachedInfo().State.Msgs
	}
	return queued, stored, nil
}

// A stored result, as far as it is counted.
type storedResult struct {
	JobID   string `json:"jobId"`
	Outcome string `json:"outcome"`
}

func readResult(msg jetstream.Msg) (r storedResult, at time.Time, pending uint64, err error) {
	meta, err := msg.Metadata()
	if err == nil {
		err = json.Unmarshal(msg.Data(), &r)
	}
	if err != nil {
		return r, at, 0, fmt.Errorf("read result: %w", err)
	}
	return r, meta.Timestamp, meta.NumPending, nil
}

// readAll goes through the stored results in order.
func (s *stage) readAll(ctx context.Context, visit func(r storedResult, at time.Time)) error {
	_, stored, err := s.messages(ctx)
	if err != nil || stored == 0 {
		return err
	}
	consumer, err := s.js.OrderedConsumer(ctx, schema.StreamResults, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return fmt.Errorf("read results: %w", err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(5000))
	if err != nil {
		return fmt.Errorf("read results: %w", err)
	}
	defer messages.Stop()
	for pending := uint64(1); pending > 0; {
		msg, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("read results: %w", err)
		}
		var r storedResult
		var at time.Time
		if r, at, pending, err = readResult(msg); err != nil {
			return err
		}
		visit(r, at)
	}
	return nil
}
