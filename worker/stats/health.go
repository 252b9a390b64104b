package stats

import (
	"fmt"
	"time"

	"github.com/otpworker/otpworker/worker"
)

const (
	// loopLimit is how long the main loop may take to go round. It asks the broker
	// one question a round, for at most 5 s.
	loopLimit = 30 * time.Second
	// lookLimit is how long the queue may not have been seen by a worker that is
	// ready: some lost questions are no reason.
	lookLimit = 15 * time.Second
)

// health judges a worker. Neither the provider nor a breaker has a say in it: an
// outage there must not restart or stop a worker.
func health(c worker.Condition) (alive, ready bool, why []string) {
	not := func(format string, args ...any) { why = append(why, fmt.Sprintf(format, args...)) }
	alive = true
	switch {
	case c.Phase == worker.PhaseWorking && c.SinceBeat > loopLimit:
		alive = false
		not("the main loop stands still for %s", c.SinceBeat.Round(time.Second))
	case c.Phase == worker.PhaseDraining && c.SinceStop > c.KillAfter:
		alive = false
		not("the stop takes longer than %s", c.KillAfter)
	}
	if c.Phase != worker.PhaseWorking {
		not("%s", c.Phase)
	}
	if !c.Connected {
		not("no broker is connected")
	}
	if c.Phase == worker.PhaseWorking && (c.SinceLook < 0 || c.SinceLook > lookLimit) {
		not("the queue has not been seen for %s", max(c.SinceLook, 0).Round(time.Second))
	}
	return alive, len(why) == 0, why
}
