//go:build unix && !linux

package bench

func peakRSS() (bytes int64, ok bool) { return 0, false }
