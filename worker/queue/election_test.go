package queue_test

import (
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/otpworker/otpworker/worker/queue"
)

// Nobody listens to a consumer that was just made until its servers have elected a
// leader: a worker that begins then waits for that, and not for ever.
func TestRightOfAConsumerThatWasJustMade(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		start := time.Now()
		if err := r.queue.Try(t.Context(), "nobody"); !errors.Is(err, queue.ErrNoQueue) {
			t.Errorf("nobody listens: %v", err)
		}
		if took := time.Since(start); took < 3*time.Second || took > 5*time.Second {
			t.Errorf("it was waited for %s", took)
		}
		elected := time.AfterFunc(time.Second, func() {
			if _, err := r.queue.Conn().Subscribe("late", func(m *nats.Msg) { _ = m.Respond(nil) }); err != nil {
				t.Error(err)
			}
		})
		defer elected.Stop()
		if err := r.queue.Try(t.Context(), "late"); err != nil {
			t.Errorf("somebody listens a second later: %v", err)
		}
	})
}
