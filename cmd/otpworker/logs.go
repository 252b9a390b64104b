package main

import (
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"

	"github.com/otpworker/otpworker/worker/telemetry"
)

// newLogger logs to w: text on a terminal, JSON elsewhere, or as configured. The
// level can be changed while it runs, see steerLevel; tel may be nil.
func newLogger(l local, w io.Writer, tel *telemetry.Telemetry) (*slog.Logger, *slog.LevelVar) {
	level := new(slog.LevelVar)
	level.Set(l.LogLevel)
	// What is below the level does not get as far as this handler.
	opts := &slog.HandlerOptions{Level: slog.LevelDebug}
	var handler slog.Handler = slog.NewJSONHandler(w, opts)
	if l.LogFormat == "text" || l.LogFormat == "auto" && isTerminal(w) {
		handler = slog.NewTextHandler(w, opts)
	}
	return tel.Logger(handler, level), level
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// levels are the steps that a signal takes.
var levels = []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}

// louder is the next level that shows more, quieter the next that shows less.
func louder(at slog.Level) slog.Level {
	next := levels[0]
	for _, l := range levels {
		if l < at {
			next = l
		}
	}
	return next
}

func quieter(at slog.Level) slog.Level {
	for _, l := range levels {
		if l > at {
			return l
		}
	}
	return levels[len(levels)-1]
}
