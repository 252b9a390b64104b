package worker

import (
	"os"
	"runtime/debug"
)

// gcPercent lets the heap grow to four times of what is in use before it is
// collected. A worker uses some megabytes: collecting them all the time costs a
// seventh of its CPU.
const gcPercent = 300

// TuneGC has the process trade some memory for speed, unless GOGC says otherwise.
// GOMEMLIMIT holds in any case.
func TuneGC() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
