package worker

import (
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker/queue"
)

// The rule that is shown is the rule that New holds.
func TestTimeRulesSayWhatNewChecks(t *testing.T) {
	c, q := DefaultConfig(), queue.DefaultConfig()
	for _, ackWait := range []time.Duration{5 * time.Second, 13*time.Second - 1, 13 * time.Second, 30 * time.Second, 10 * time.Minute} {
		q.AckWait = ackWait
		rule := c.TimeRules(q)[0]
		if rule.Name != "ack wait" || !rule.Fatal || rule.Holds() != (c.CheckTimes(ackWait) == nil) {
			t.Errorf("%s: %+v, %v", ackWait, rule, c.CheckTimes(ackWait))
		}
	}
}

func TestTimeRulesHoldByDefault(t *testing.T) {
	for _, rule := range DefaultConfig().TimeRules(queue.DefaultConfig()) {
		if !rule.Holds() || rule.Needs <= 0 {
			t.Errorf("%+v", rule)
		}
	}
}
