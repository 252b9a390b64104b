package main

import (
	"log/slog"
	"testing"
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
