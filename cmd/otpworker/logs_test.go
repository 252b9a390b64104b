package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestLevels(t *testing.T) {
	for _, c := range []struct{ at, louder, quieter slog.Level }{
		{slog.LevelDebug, slog.LevelDebug, slog.LevelInfo},
		{slog.LevelInfo, slog.LevelDebug, slog.LevelWarn},
		{slog.LevelInfo + 2, slog.LevelInfo, slog.LevelWarn},
		{slog.LevelError, slog.LevelWarn, slog.LevelError},
		{slog.LevelError + 4, slog.LevelError, slog.LevelError},
		{slog.LevelDebug - 4, slog.LevelDebug, slog.LevelDebug},
	} {
		if l, q := louder(c.at), quieter(c.at); l != c.louder || q != c.quieter {
			t.Errorf("%s: %s and %s, want %s and %s", c.at, l, q, c.louder, c.quieter)
		}
	}
}

// A sampler that there is not takes every trace: the log says so, though it is
// opened after the telemetry.
func TestEarlyTelemetryFaultsAreTold(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "console")
	t.Setenv("OTEL_TRACES_SAMPLER", "tenth")
	var out bytes.Buffer
	cmd := &cobra.Command{}
	cmd.SetErr(&out)
	cmd.SetContext(t.Context())
	tel, log, _, err := startTelemetry(cmd, defaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	stopTelemetry(t.Context(), tel, log)
	if !strings.Contains(out.String(), "unsupported sampler: tenth") {
		t.Errorf("the log has %q", &out)
	}
}
