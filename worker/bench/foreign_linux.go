package bench

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of /proc/stat on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// machineCPU is how much CPU time all processes of this machine have used.
func machineCPU() (used time.Duration, ok bool) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, false
	}
	line, _, _ := strings.Cut(string(stat), "\n")
	fields := strings.Fields(line) // cpu user nice system idle iowait irq softirq steal …
	if len(fields) < 9 {
		return 0, false
	}
	for _, i := range []int{1, 2, 3, 6, 7, 8} {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, false
		}
		used += time.Duration(n) * tick
	}
	return used, true
}
