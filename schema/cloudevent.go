package schema

import "time"

// CloudEvent is the attributes of a result as an event of CloudEvents 1.0. They
// stand beside the document, which stays as it is.
type CloudEvent struct {
	// ID and Source together name the event: a result that is published twice,
	// perhaps by two workers, has the same.
	ID     string
	Source string
	// Type ends with the outcome: io.github.otpworker.v1.result.sent.
	Type string
	// Subject is the job's id; empty where an invalid job had none.
	Subject string
	Time    time.Time
}

// The attributes that are the same for every result.
const (
	CloudEventVersion     = "1.0"
	CloudEventContentType = "application/json"
)

// CloudEvent returns the attributes of the result. An app id or outcome that is
// not valid is written as "unknown".
func (r Result) CloudEvent() CloudEvent {
	return CloudEvent{
		ID:      r.ID,
		Source:  "/otpworker/" + appToken(r.AppID),
		Type:    "io.github.otpworker." + Version + ".result." + outcomeToken(r.Outcome),
		Subject: r.JobID,
		Time:    r.CompletedAt,
	}
}
