package bench_test

import (
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker/bench"
)

func TestValidate(t *testing.T) {
	if err := bench.DefaultConfig().Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
	for want, change := range map[string]func(*bench.Config){
		`--contender: "fast" is not worker or bare`:               func(c *bench.Config) { c.Contender = "fast" },
		"--processes: 0 is not 1 to 16":                           func(c *bench.Config) { c.Processes = 0 },
		"--slots: 4097 is not 1 to 4096":                          func(c *bench.Config) { c.Slots = 4097 },
		"--jobs: -1 is not 0 to 10000000":                         func(c *bench.Config) { c.Jobs, c.Rate = -1, 1 },
		"--jobs: 0 without --rate leaves nothing to measure":      func(c *bench.Config) { c.Jobs = 0 },
		"--apps: 0 is not 1 to 10000":                             func(c *bench.Config) { c.Apps = 0 },
		"--rate: -1 is not 0 to 100000":                           func(c *bench.Config) { c.Rate = -1 },
		`--lane: "fast" is not interactive or batch`:              func(c *bench.Config) { c.Lane = "fast" },
		"--latency: -1s is not 0s to 5s":                          func(c *bench.Config) { c.Latency = -time.Second },
		`--ledger: "maybe" is not on or off`:                      func(c *bench.Config) { c.Ledger = "maybe" },
		`--sync: "never" is not always or default`:                func(c *bench.Config) { c.Sync = "never" },
		"--for: 2s is not more than the 2s that are left out":     func(c *bench.Config) { c.For = 2 * time.Second },
		"--for: 100000 per second for 1m0s are more than 5000000": func(c *bench.Config) { c.Rate, c.For = 100_000, time.Minute },
	} {
		t.Run(want, func(t *testing.T) {
			c := bench.DefaultConfig()
			change(&c)
			if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got %v", err)
			}
		})
	}
	var all bench.Config
	if n := len(strings.Split(all.Validate().Error(), "\n")); n != 9 {
		t.Errorf("%d faults of nothing, want all 9:\n%v", n, all.Validate())
	}
}
