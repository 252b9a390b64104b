package doctor

import (
	"fmt"
	"math"
	"time"

	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

func times(w worker.Config, q queue.Config) Report {
	var r Report
	for _, rule := range w.TimeRules(q) {
		c := Check{Area: AreaConfig, Name: rule.Name, State: OK, Detail: fmt.Sprintf("%s covers %s: %s", rule.Has, rule.Needs, rule.Parts)}
		if !rule.Holds() {
			c.State, c.Mend = Warn, rule.Mend
			c.Detail = fmt.Sprintf("%s does not cover %s (%s): %s", rule.Has, rule.Needs, rule.Parts, rule.Else)
		}
		if !rule.Holds() && rule.Fatal {
			c.State = Fail
		}
		r = append(r, c)
	}
	return append(r, Check{
		Area: AreaConfig, Name: "drain", State: OK,
		Detail: fmt.Sprintf("a stop may take %s: a pod needs terminationGracePeriodSeconds of at least %d",
			w.KillAfter(), int(math.Ceil(w.KillAfter().Seconds()))),
	})
}

const (
	skewWarn = 2 * time.Second
	skewFail = 10 * time.Second
)

// clock judges how far another clock is ahead of ours.
func clock(area Area, whose string, skew time.Duration) Check {
	c := Check{Area: area, Name: "clock", State: OK, Detail: "within 2s of the " + whose + "'s"}
	if skew.Abs() <= skewWarn {
		return c
	}
	direction := "behind"
	if skew < 0 {
		direction = "ahead of"
	}
	c.State = Warn
	if skew.Abs() > skewFail {
		c.State = Fail
	}
	c.Detail = fmt.Sprintf("our clock is at least %s %s the %s's: a code may be sent after its expiry, or expire unsent", skew.Abs().Round(100*time.Millisecond), direction, whose)
	c.Mend = "let NTP set the clock of this machine; if it is right, that of the " + whose
	return c
}
