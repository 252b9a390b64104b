package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/stats"
	"github.com/otpworker/otpworker/worker/telemetry"
)

// contenderRole is one process of a contender.
type contenderRole struct {
	Name     string `json:"name"`
	Config   Config `json:"config"`
	NATS     link   `json:"nats"`
	Provider string `json:"provider"`
}

func (r contenderRole) begin(ctx context.Context) (*part, error) {
	if r.Config.Contender == Bare {
		return r.beginBare(ctx)
	}
	return r.beginWorker(ctx)
}

// beginWorker sets a worker up as otpworker run does.
func (r contenderRole) beginWorker(ctx context.Context) (*part, error) {
	worker.TuneGC()
	q, _, _, err := connect(ctx, r.NATS.config(r.Name))
	if err != nil {
		return nil, err
	}
	tel, err := r.telemetry(ctx)
	if err != nil {
		_ = q.Close()
		return nil, err
	}
	collector := stats.NewCollector("bench")
	cfg := r.workerConfig(tel)
	cfg.Observe = collector.Observe
	cfg = tel.Attach(cfg)
	cc := client.DefaultConfig()
	cc.BaseURL, cc.Concurrency = r.Provider, cfg.Slots()
	cc.APIKey, cc.APISecret = redact.NewSecret(sandbox.DefaultKey), redact.NewSecret(sandbox.DefaultSecret)
	provider, err := client.New(cc)
	if err != nil {
		_ = q.Close()
		return nil, err
	}
	w, err := worker.New(cfg, q, provider)
	if err != nil {
		provider.Close()
		_ = q.Close()
		return nil, err
	}
	collector.Watch(w)
	unwatch, err := tel.Watch(w, q, collector.Oldest)
	if err != nil {
		provider.Close()
		_ = q.Close()
		return nil, err
	}
	running, stop := context.WithCancel(ctx)
	failed := make(chan error, 1)
	var done sync.WaitGroup
	return &part{
		work: func() {
			done.Go(func() {
				if err := w.Run(running); err != nil {
					failed <- fmt.Errorf("worker: %w", err)
				}
			})
			done.Go(func() { collector.LookForOldest(running, q) })
		},
		failed: failed,
		end: func() error {
			stop()
			done.Wait()
			unwatch()
			provider.Close()
			return errors.Join(tel.Shutdown(ctx), q.Close())
		},
	}, nil
}

// telemetry is nil unless it is measured too.
func (r contenderRole) telemetry(ctx context.Context) (*telemetry.Telemetry, error) {
	if !r.Config.Telemetry {
		return nil, nil
	}
	cfg := telemetry.DefaultConfig()
	cfg.Name, cfg.ProviderURL = r.Name, r.Provider
	cfg.OnError = func(err error) { fmt.Fprintln(os.Stderr, "telemetry:", err) }
	return telemetry.Start(ctx, cfg)
}

func (r contenderRole) workerConfig(tel *telemetry.Telemetry) worker.Config {
	cfg := worker.DefaultConfig()
	cfg.Name, cfg.Ledger = r.Name, r.Config.Ledger
	// The other lane has no jobs; it cannot be without a slot.
	cfg.InteractiveSlots, cfg.BatchSlots = 1, r.Config.Slots
	if r.Config.Lane == schema.LaneInteractive {
		cfg.InteractiveSlots, cfg.BatchSlots = r.Config.Slots, 1
	}
	// What goes wrong is told; what goes well is written for its cost only.
	var w io.Writer = os.Stderr
	if r.Config.Log < slog.LevelWarn {
		w = io.Discard
	}
	cfg.Logger = tel.Logger(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: r.Config.Log}), r.Config.Log)
	return cfg
}
