//go:build !linux

package bench

import "time"

func machineCPU() (used time.Duration, ok bool) { return 0, false }
