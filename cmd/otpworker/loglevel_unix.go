//go:build unix

package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// steerLevel has SIGUSR1 log more, one level each, and SIGUSR2 less, until stop
// is called.
func steerLevel(ctx context.Context, level *slog.LevelVar, log *slog.Logger) (stop func()) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2)
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		for {
			select {
			case s := <-signals:
				was := level.Level()
				if s == syscall.SIGUSR1 {
					level.Set(louder(was))
				} else {
					level.Set(quieter(was))
				}
				// Whatever the level: who sent the signal wants to see it.
				log.Log(ctx, max(slog.LevelInfo, level.Level()), "log level changed", "from", was.String(), "to", level.Level().String())
			case <-ctx.Done():
				return
			}
		}
	})
	return func() {
		signal.Stop(signals)
		cancel()
		running.Wait()
	}
}
