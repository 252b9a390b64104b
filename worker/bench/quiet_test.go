package bench

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestQuietEnds with the context, and does not wait unless it is told to.
func TestQuietEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	patient := &Bench{Quiet: time.Hour}
	if err := patient.quiet(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("waited on: %v", err)
	}
	began := time.Now()
	if err := new(Bench).quiet(t.Context()); err != nil || time.Since(began) >= quietLook {
		t.Errorf("waited for %s: %v", time.Since(began), err)
	}
}
