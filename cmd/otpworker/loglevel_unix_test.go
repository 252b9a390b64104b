//go:build unix

package main

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// heard is a log that tells when a line has come.
type heard struct {
	mu sync.Mutex
	bytes.Buffer
	lines chan struct{}
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n, err := h.Buffer.Write(p)
	h.lines <- struct{}{}
	return n, err
}

// A signal changes what a running process logs, and the log says so.
func TestSteerLevel(t *testing.T) {
	out := &heard{lines: make(chan struct{}, 8)}
	log, level := newLogger(local{LogFormat: "json", LogLevel: slog.LevelInfo}, out, nil)
	stop := steerLevel(t.Context(), level, log)
	defer stop()
	for _, c := range []struct {
		signal syscall.Signal
		want   slog.Level
	}{{syscall.SIGUSR1, slog.LevelDebug}, {syscall.SIGUSR2, slog.LevelInfo}, {syscall.SIGUSR2, slog.LevelWarn}} {
		if err := syscall.Kill(os.Getpid(), c.signal); err != nil {
			t.Fatal(err)
		}
		select {
		case <-out.lines:
		case <-time.After(10 * time.Second):
			t.Fatalf("%s was not heard", c.signal)
		}
		if got := level.Level(); got != c.want {
			t.Errorf("after %s: %s, want %s", c.signal, got, c.want)
		}
	}
	if n := strings.Count(out.String(), "log level changed"); n != 3 {
		t.Errorf("%d lines:\n%s", n, out.String())
	}
}
