package console

import (
	"slices"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/stats"
)

// A banner says in one sentence how it is. It is read aloud when it changes, so
// nothing in it counts on.
type banner struct {
	// Level is "", warn or bad, Sign what stands for it beside the colour.
	Level, Sign, Text string
}

// bannerOf tells of the worker of the page first: without a broker it sees nobody else.
func bannerOf(own stats.Snapshot, o *stats.Overview, held []stats.HeldScope) banner {
	switch {
	case own.CutOff():
		return banner{"bad", "No broker", "No broker is connected to this worker. Nothing is taken; jobs wait, and it tries to connect again by itself."}
	case len(o.Workers) == 0 && !faulty(o, "workers"):
		return banner{"bad", "Nobody works", "No worker answers. Jobs wait in the queue until one does, or until they expire."}
	case holds(held, worker.ScopeAccount):
		return banner{"bad", "Held", "The provider refuses the account. No code goes out; jobs wait, and a probe looks whether it takes them again."}
	case holds(held, worker.ScopeProvider):
		return banner{"bad", "Held", "The provider does not answer as it should. Jobs wait and cost no attempt; a probe looks whether it is back."}
	case slices.ContainsFunc(o.Workers, func(w stats.Snapshot) bool { return !w.Ready }):
		return banner{"warn", "In part", "A worker is not ready: see the fleet below."}
	case len(held) > 0:
		return banner{"warn", "In part", "Apps are on hold at the provider. Their jobs wait, those of others do not."}
	case len(o.Faults) > 0:
		return banner{"warn", "Working", "Not all of it can be looked at from here: see below."}
	}
	return banner{"", "Working", "Jobs are taken and the provider takes them."}
}

func holds(held []stats.HeldScope, scope worker.Scope) bool {
	return slices.ContainsFunc(held, func(h stats.HeldScope) bool { return h.Scope == scope })
}

func faulty(o *stats.Overview, part string) bool {
	return slices.ContainsFunc(o.Faults, func(f stats.Fault) bool { return f.Part == part })
}

// A topic is an entry of deploy/runbook.md, and why to read it now.
type topic struct{ Name, Why string }

// oldLoginMS is how long a login may wait before that is a topic.
const oldLoginMS = 60_000

// topicsOf are those that fit what is seen.
func topicsOf(own stats.Snapshot, o *stats.Overview, held []stats.HeldScope) (topics []topic) {
	add := func(when bool, name, why string) {
		if when {
			topics = append(topics, topic{name, why})
		}
	}
	oldest := o.Lanes[schema.LaneInteractive].OldestAt
	skewed := slices.ContainsFunc(o.Workers, stats.Snapshot.Skewed)
	add(own.CutOff(), "OTPNoWorker", "no broker is connected")
	add(len(o.Workers) == 0 && !faulty(o, "workers"), "OTPNoWorker", "no worker answers")
	add(holds(held, worker.ScopeAccount), "OTPAccountRefused", "the account's breaker is open")
	add(holds(held, worker.ScopeProvider), "OTPBreakerOpen", "the provider's breaker is open")
	add(holds(held, worker.ScopeApp), "OTPAppsOnHold", "an app's breaker is open")
	add(!oldest.IsZero() && o.At.Sub(oldest).Milliseconds() > oldLoginMS, "OTPBacklogOld", "a login waits for more than a minute")
	add(o.LastMinute.Expired > o.LastMinute.Withdrawn, "OTPJobsExpire", "jobs have expired in the last minute")
	add(o.LastMinute.Unknown > 0, "OTPUnknownOutcomes", "it is not known whether some were sent")
	add(skewed, "OTPClockSkew", "a worker's clock is off")
	add(o.DeadLetters > 0, "OTPDeadLetters", "there are dead letters")
	return topics
}
