package main

import (
	"context"
	"log/slog"
	"sync"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/worker/telemetry"
)

// startTelemetry opens what the OTEL_* variables ask for, and the log, which is a
// part of it.
func startTelemetry(cmd *cobra.Command, s settings) (*telemetry.Telemetry, *slog.Logger, *slog.LevelVar, error) {
	s.Telemetry.ProviderURL, s.Telemetry.Name, s.Telemetry.Version = s.Provider.BaseURL, s.Worker.Name, version()
	var faults telemetryFaults
	s.Telemetry.OnError = faults.tell
	tel, err := telemetry.Start(cmd.Context(), s.Telemetry)
	if err != nil {
		return nil, nil, nil, err
	}
	logger, level := newLogger(s.Local, cmd.ErrOrStderr(), tel)
	// The exporter of logs must not export that it failed.
	trouble, _ := newLogger(s.Local, cmd.ErrOrStderr(), nil)
	faults.open(trouble)
	return tel, logger, level, nil
}

// telemetryFaults has the log for what goes wrong with telemetry. The log is opened
// after it: what was wrong before, such as a sampler that there is not, is told then.
type telemetryFaults struct {
	mu    sync.Mutex
	log   *slog.Logger
	early []error
}

func (f *telemetryFaults) tell(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.log == nil {
		f.early = append(f.early, err)
		return
	}
	f.log.Warn("telemetry", "err", err)
}

func (f *telemetryFaults) open(log *slog.Logger) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, err := range f.early {
		log.Warn("telemetry", "err", err)
	}
	f.log, f.early = log, nil
}

// stopTelemetry writes what is left.
func stopTelemetry(ctx context.Context, tel *telemetry.Telemetry, log *slog.Logger) {
	if err := tel.Shutdown(ctx); err != nil {
		log.Warn("telemetry", "err", err)
	}
}

// startTelemetry shows the demo to whatever the OTEL_* variables name.
func (d *demo) startTelemetry(ctx context.Context) (err error) {
	cfg := telemetry.DefaultConfig()
	cfg.Name, cfg.Version, cfg.ProviderURL = "demo", version(), "http://"+d.address+"/otp"
	cfg.OnError = func(err error) { d.view.say("telemetry: %v", err) }
	d.tel, err = telemetry.Start(ctx, cfg)
	return err
}

func (d *demo) stopTelemetry(ctx context.Context) {
	if err := d.tel.Shutdown(ctx); err != nil {
		d.view.say("telemetry: %v", err)
	}
}

// startTracing is for a command that ends soon: traces are all there is to it.
func startTracing(cmd *cobra.Command) (*telemetry.Telemetry, error) {
	cfg := telemetry.DefaultConfig()
	cfg.Version, cfg.TracesOnly = version(), true
	tel, err := telemetry.Start(cmd.Context(), cfg)
	return tel, fail(exitUsage, err)
}
