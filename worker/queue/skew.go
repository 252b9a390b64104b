package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/otpworker/otpworker/schema"
)

// ClockSkew is how far the broker's clock is ahead of ours, to within half the
// time of one question.
func (q *Queue) ClockSkew(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	stream, err := q.js.Stream(ctx, schema.StreamJobs)
	if err != nil {
		return 0, fmt.Errorf("measure clock skew: %w", unsent(err))
	}
	now := start.Add(time.Since(start) / 2)
	return stream.CachedInfo().TimeStamp.Sub(now), nil
}
