package sandbox_test

import (
	"testing"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
)

// TestClockIsLearned: one refusal teaches the client the provider's clock.
func TestClockIsLearned(t *testing.T) {
	for _, offset := range []time.Duration{2 * time.Hour, -2 * time.Hour} {
		inBubble(t, sandbox.Config{ClockOffset: offset}, func(t *testing.T, b bundle) {
			if got := b.send("o", phone); got != "refused 200 -16" {
				t.Errorf("first call: %s", got)
			}
			if got := b.client.ClockOffset(); got != offset {
				t.Errorf("learned %v, want %v", got, offset)
			}
			for range 2 {
				if got := b.send("o", phone); got != "accepted" {
					t.Errorf("later call: %s", got)
				}
			}
		})
	}
}

// TestOffsetWithinTheWindowIsNotUsed: it is known and left alone.
func TestOffsetWithinTheWindowIsNotUsed(t *testing.T) {
	inBubble(t, sandbox.Config{ClockOffset: 30 * time.Minute}, func(t *testing.T, b bundle) {
		for range 2 {
			if got := b.send("o", phone); got != "accepted" {
				t.Error(got)
			}
		}
		if got := b.client.ClockOffset(); got != 30*time.Minute {
			t.Errorf("learned %v", got)
		}
	})
}
