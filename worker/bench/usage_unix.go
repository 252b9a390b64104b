//go:build unix

package bench

import (
	"fmt"
	"runtime"
	"syscall"
	"time"
)

// used asks the system what this process has used.
func used() (Usage, error) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return Usage{}, fmt.Errorf("ask for usage: %w", err)
	}
	u := Usage{CPU: time.Duration(r.Utime.Nano() + r.Stime.Nano()), RSS: int64(r.Maxrss)} //nolint:unconvert // 32 bits on some systems
	if runtime.GOOS != "darwin" && runtime.GOOS != "ios" {
		u.RSS *= 1024
	}
	if peak, ok := peakRSS(); ok {
		u.RSS = peak
	}
	return u, nil
}
