package bench

import "time"

// Usage is what a process has used so far.
type Usage struct {
	// CPU is user and system time together.
	CPU time.Duration `json:"cpu"`
	// RSS is the most memory it held at once, in bytes.
	RSS int64 `json:"rss"`
}

// A Cost is what a process used for the jobs of a measurement.
type Cost struct {
	// CPU is seconds of user and system time per 100,000 jobs.
	CPU float64 `json:"cpuSecondsPer100k"`
	// RSS is the most memory it held at once, in MiB; of several processes the
	// largest.
	RSS float64 `json:"rssMiB"`
}

// cost reckons from the usage before and after n jobs.
func cost(before, after Usage, n int) Cost {
	return Cost{
		CPU: (after.CPU - before.CPU).Seconds() / float64(max(n, 1)) * 100_000,
		RSS: float64(after.RSS) / (1 << 20),
	}
}

// and is the cost of two processes that did the work together.
func (c Cost) and(d Cost) Cost { return Cost{CPU: c.CPU + d.CPU, RSS: max(c.RSS, d.RSS)} }
