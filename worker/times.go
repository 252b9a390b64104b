package worker

import (
	"fmt"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// A TimeRule is a relation between times that are set in different places. Where
// it does not hold, a promise is weaker.
type TimeRule struct {
	Name string
	// Has is what is set and Needs the least that it should be.
	Has, Needs time.Duration
	// Parts says what makes up Needs, Else what happens where the rule does not
	// hold, and Mend what to change.
	Parts, Else, Mend string
	// Fatal: a worker must not run against it.
	Fatal bool
}

// Holds reports whether the rule is kept.
func (r TimeRule) Holds() bool { return r.Has >= r.Needs }

// beforeKill is what a stop may take beside the drain time: last words, the
// connection, the embedded server.
const beforeKill = 10 * time.Second

// KillAfter is how long a stop may take before whoever runs the worker kills it:
// a pod's terminationGracePeriodSeconds.
func (c Config) KillAfter() time.Duration { return c.DrainTimeout + beforeKill }

// TimeRules lists the rules between the worker's times and the queue's.
func (c Config) TimeRules(q queue.Config) []TimeRule {
	rules := []TimeRule{
		{
			Name: "ack wait", Has: q.AckWait, Needs: c.CallTimeout + c.RetryInPlace + claimTime + leaseMargin, Fatal: true,
			Parts: fmt.Sprintf("call %s + wait in the slot %s + %s", c.CallTimeout, c.RetryInPlace, claimTime+leaseMargin),
			Else:  "the broker gives a job to a second worker in the middle of its call",
			Mend:  "raise OTPWORKER_ACK_WAIT, or lower OTPWORKER_CALL_TIMEOUT or OTPWORKER_RETRY_IN_PLACE",
		},
		{
			Name: "time to ask", Has: schema.DefaultTTL, Needs: 3*c.CallTimeout + c.Grace + skewAllowance,
			Parts: fmt.Sprintf("call %s + grace %s + %s + question + second call", c.CallTimeout, c.Grace, skewAllowance),
			Else:  "a job of the default life expires before a lost answer is made good",
			Mend:  "lower OTPWORKER_RECORD_GRACE or OTPWORKER_CALL_TIMEOUT, or give jobs a longer ttlSeconds",
		},
		{
			Name: "duplicates window", Has: resultWindow(q), Needs: q.AckWait + settleTime,
			Parts: fmt.Sprintf("ack wait %s + settling %s", q.AckWait, settleTime),
			Else:  "a job that comes back may have its result stored twice",
			Mend:  "lower OTPWORKER_ACK_WAIT",
		},
	}
	if c.Ledger == On {
		rules = append(rules, TimeRule{
			Name: "ledger life", Has: q.Ledger().TTL, Needs: schema.MaxTTL + c.CallTimeout + c.Grace + askUntil + askAtLast, Fatal: true,
			Parts: fmt.Sprintf("longest life of a job %s + call %s + grace %s + %s", schema.MaxTTL, c.CallTimeout, c.Grace, askUntil+askAtLast),
			Else:  "a claim is forgotten while its job lives",
			Mend:  "lower OTPWORKER_RECORD_GRACE",
		})
	}
	return rules
}

// resultWindow is how long the broker knows a result by its id.
func resultWindow(q queue.Config) time.Duration {
	for _, s := range q.Streams() {
		if s.Name == schema.StreamResults {
			return s.Duplicates
		}
	}
	return 0
}
