package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// ours says that a stream is one of otpworker's, a bucket included.
func ours(name string) bool {
	return strings.HasPrefix(name, "OTP_") || strings.HasPrefix(name, "KV_otp_")
}

// present names those of our streams that are there, the one with jobs first.
func (s *stage) present(ctx context.Context) ([]string, error) {
	var names []string
	list := s.js.StreamNames(ctx)
	for name := range list.Name() {
		switch {
		case name == schema.StreamJobs:
			names = slices.Insert(names, 0, name)
		case ours(name):
			names = append(names, name)
		}
	}
	if err := list.Err(); err != nil {
		return nil, fmt.Errorf("list streams: %w", err)
	}
	return names, nil
}

// InUseError says that a given NATS has our streams already.
type InUseError struct {
	// Stream is the one that was found, Messages what it holds.
	Stream   string
	Messages uint64
}

func (e *InUseError) Error() string {
	holds := "is there already"
	if e.Messages > 0 {
		holds = fmt.Sprintf("holds %d messages", e.Messages)
		if e.Stream == schema.StreamJobs {
			holds = fmt.Sprintf("holds %d jobs", e.Messages)
		}
	}
	return fmt.Sprintf("stream %s %s on this NATS: nothing was touched. A bench makes the streams anew and removes them, "+
		"and a worker of theirs would take its jobs: use an account without them, or no --nats. If a bench that was killed left them: nats stream rm %s",
		e.Stream, holds, e.Stream)
}

func (s *stage) refuseOurs(ctx context.Context) error {
	names, err := s.present(ctx)
	if err != nil || len(names) == 0 {
		return err
	}
	found, err := s.js.Stream(ctx, names[0])
	if err != nil {
		return fmt.Errorf("look at stream %s: %w", names[0], err)
	}
	return &InUseError{Stream: names[0], Messages: found.CachedInfo().State.Msgs}
}

// dropStreams removes what was not there before.
func (s *stage) dropStreams(ctx context.Context) error {
	names, err := s.present(ctx)
	faults := []error{err}
	for _, name := range names {
		if err := s.js.DeleteStream(ctx, name); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
			faults = append(faults, fmt.Errorf("remove stream %s: %w", name, err))
		}
	}
	return errors.Join(faults...)
}
