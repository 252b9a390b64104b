//go:build !unix

package main

import (
	"context"
	"log/slog"
)

// steerLevel does nothing here: there are no signals for it.
func steerLevel(context.Context, *slog.LevelVar, *slog.Logger) (stop func()) { return func() {} }
