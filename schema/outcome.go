package schema

import "slices"

// Outcome is what became of a job.
type Outcome string

const (
	// OutcomeSent: the provider accepted the message.
	OutcomeSent Outcome = "sent"
	// OutcomeRejected: the provider refused it for good.
	OutcomeRejected Outcome = "rejected"
	// OutcomeExpired: its time ran out, and it was not sent.
	OutcomeExpired Outcome = "expired"
	// OutcomeUnknown: it may have been sent, and nobody could say.
	OutcomeUnknown Outcome = "unknown"
	// OutcomeInvalid: the job is malformed, and was not sent.
	OutcomeInvalid Outcome = "invalid"
)

// Outcomes returns every outcome of a job.
func Outcomes() []Outcome {
	return []Outcome{OutcomeSent, OutcomeRejected, OutcomeExpired, OutcomeUnknown, OutcomeInvalid}
}

func checkOutcome(o Outcome) string {
	if slices.Contains(Outcomes(), o) {
		return ""
	}
	return "must be sent, rejected, expired, unknown or invalid"
}
