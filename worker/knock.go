package worker

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/otpworker/otpworker/client"
)

// A knock asks a provider that was down for the record of an order that cannot
// exist, before a job is risked on it. A provider that hangs would keep that job
// for a whole call, and the queue with it. So there is a knock each open period,
// whether or not the one before has been answered.
type knock struct {
	// ask is nil where nobody knocks: then a job is the probe.
	ask func(context.Context) error
	// period is how long an answer is waited for before the breaker opens again.
	period time.Duration

	asking chan struct{}
	out    sync.WaitGroup

	mu       sync.Mutex
	answered time.Time
}

const (
	// maxKnocks bounds the knocks that are out at once.
	maxKnocks = 16
	// aliveFor is how long an answer lets jobs be risked.
	aliveFor = 2 * time.Second
)

func (k *knock) alive() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.ask == nil || !k.answered.IsZero() && time.Since(k.answered) < aliveFor
}

// answer knocks once more and reports whether any knock has been answered
// within the period.
func (k *knock) answer(ctx context.Context) bool {
	heard := make(chan struct{})
	select {
	case k.asking <- struct{}{}:
		k.out.Go(func() {
			defer close(heard)
			defer func() { <-k.asking }()
			if isAnswer(k.ask(ctx)) {
				k.mu.Lock()
				k.answered = time.Now()
				k.mu.Unlock()
			}
		})
	default: // enough of them are out
	}
	timer := time.NewTimer(k.period)
	defer timer.Stop()
	select {
	case <-heard:
	case <-timer.C:
	case <-ctx.Done():
	}
	return k.alive()
}

// isAnswer: whatever a provider says in an envelope of its own, it is there.
func isAnswer(err error) bool {
	refused, ok := errors.AsType[*client.RefusedError](err)
	return err == nil || ok && refused.Status != "" && refused.Status != client.StatusSystemError
}

// knocks asks the provider for a record that cannot exist.
func (w *Worker) knocks() *knock {
	return &knock{
		period: w.cfg.BreakerOpen,
		asking: make(chan struct{}, maxKnocks),
		ask: func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, w.cfg.CallTimeout)
			defer cancel()
			_, err := w.provider.RecordByOrderID(ctx, client.RecordByOrderIDRequest{AppID: "otpworker", OrderID: "otpworker-probe"})
			return err
		},
	}
}
