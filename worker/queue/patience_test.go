package queue

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

func TestPatiently(t *testing.T) {
	noLeader := &jetstream.APIError{Code: 503, ErrorCode: codeNoLeader}
	other := errors.New("other")
	silent := func(ctx context.Context) error { <-ctx.Done(); return fmt.Errorf("create: %w", ctx.Err()) }
	says := func(err error) func(context.Context) error { return func(context.Context) error { return err } }
	for name, c := range map[string]struct {
		answers []func(context.Context) error // the last for ever
		want    error
		asks    int
		limit   time.Duration // of the caller's
		took    time.Duration
	}{
		"answered":               {answers: []func(context.Context) error{says(nil)}, asks: 1},
		"refused":                {answers: []func(context.Context) error{says(other)}, want: other, asks: 1},
		"one lost":               {answers: []func(context.Context) error{silent, says(nil)}, asks: 2, took: answerTime + askPause},
		"no leader for a while":  {answers: []func(context.Context) error{says(noLeader), says(noLeader), says(nil)}, asks: 3, took: 2 * askPause},
		"nobody answers":         {answers: []func(context.Context) error{silent}, want: context.DeadlineExceeded, asks: 4, took: 4*answerTime + 3*askPause},
		"the caller's time ends": {answers: []func(context.Context) error{silent}, want: context.DeadlineExceeded, asks: 2, limit: 8 * time.Second, took: 8 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, start, asks := t.Context(), time.Now(), 0
				if c.limit > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.limit)
					defer cancel()
				}
				err := new(Queue).patiently(ctx, func(ctx context.Context) error {
					asks++
					return c.answers[min(asks, len(c.answers))-1](ctx)
				})
				if !errors.Is(err, c.want) || asks != c.asks || time.Since(start) != c.took {
					t.Errorf("%v after %d requests and %s", err, asks, time.Since(start))
				}
			})
		})
	}
}
