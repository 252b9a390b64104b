package schema

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

// DeadLetter is a copy of a job that a person should look at, with the reason.
//
// Printing, logging and json.Marshal show the payload's length only; Encode is
// the way to the wire form.
type DeadLetter struct {
	// ID is stable for a message of the job stream, so that a copy that is
	// published twice is seen to be one. Required.
	ID string `json:"id" jsonschema:"minLength=1,maxLength=80,pattern=^[A-Za-z0-9_-]*$" jsonschema_description:"Stable for a message of the job stream: a reader drops a dead letter whose id it has seen."`
	// JobID, AppID and Lane are the job's, empty where it did not say.
	JobID string `json:"jobId,omitzero" jsonschema:"maxLength=64,pattern=^[A-Za-z0-9_-]*$" jsonschema_description:"The job's id. Left out where it had none."`
	AppID string `json:"appId,omitzero" jsonschema:"minLength=4,maxLength=32,pattern=^[A-Za-z0-9_-]*$" jsonschema_description:"The job's app. Left out where it had none."`
	Lane  Lane   `json:"lane,omitzero" jsonschema_description:"The lane the job waited in. Left out where it came on no known lane."`
	// Reason is why it died, in snake_case; a token of its subject. Required.
	Reason string `json:"reason" jsonschema:"minLength=1,maxLength=64,pattern=^[a-z0-9_]*$" jsonschema_description:"Why it died, as a snake_case word. Also the last token of the subject."`
	// Outcome is that of the job's result.
	Outcome Outcome `json:"outcome,omitzero" jsonschema_description:"The outcome in the job's result."`
	// Status is the provider's last status, as it wrote it.
	Status string `json:"status,omitzero" jsonschema_description:"The provider's last status as a string. Left out if it never answered."`
	// Attempts counts calls of the provider, Deliveries those of the queue.
	Attempts   int `json:"attempts" jsonschema:"minimum=0" jsonschema_description:"Calls of the provider that tried to send."`
	Deliveries int `json:"deliveries" jsonschema:"minimum=0" jsonschema_description:"Deliveries of the job by the queue."`
	// Faults says what was wrong with an invalid job.
	Faults []Fault `json:"faults,omitempty" jsonschema_description:"What was wrong with an invalid job."`
	// Subject and Sequence say where the job stood in the job stream.
	Subject  string `json:"subject,omitzero" jsonschema_description:"The subject the job came on."`
	Sequence uint64 `json:"sequence,omitzero" jsonschema:"minimum=0" jsonschema_description:"The job's sequence in the job stream."`
	// Payload is the job's body. Encode cuts it to [MaxBytes] unless it is
	// sealed.
	Payload redact.Payload `json:"payload"`
	// PayloadBytes is the size of the original body. 0 defaults to the length
	// of Payload.
	PayloadBytes int `json:"payloadBytes" jsonschema:"minimum=0" jsonschema_description:"Size in bytes of the original body. The payload is cut to 8192 bytes before it is sealed or written."`
	// Sealed says that Payload is encrypted for the operator's key.
	Sealed bool `json:"sealed,omitzero" jsonschema_description:"The payload is encrypted for the operator's key."`
	// QueuedAt is when the queue stored the job: the life of its code counts
	// from it. Zero if that is not known.
	QueuedAt time.Time `json:"queuedAt,omitzero" jsonschema_description:"When the queue stored the job, RFC 3339."`
	// DiedAt is when the worker gave up. Required.
	DiedAt time.Time `json:"diedAt" jsonschema_description:"When the worker gave up, RFC 3339."`
	// Worker names the process that gave up.
	Worker string `json:"worker,omitzero" jsonschema_description:"Name of the worker that gave up."`
}

// wireDeadLetter shadows the masked payload with the bytes, which JSON carries
// as base64. dead.schema.json is generated from it.
type wireDeadLetter struct {
	DeadLetter
	Payload []byte `json:"payload" jsonschema_description:"The job's body in base64, cut to 8192 bytes; encrypted if sealed is true. It holds a code and a number."`
}

// Encode returns the dead letter's wire form, with the payload revealed: give
// it to the queue and to nothing else. Like a result it is never refused.
func (d DeadLetter) Encode() ([]byte, error) {
	payload := []byte(d.Payload.Reveal())
	if d.PayloadBytes == 0 {
		d.PayloadBytes = len(payload)
	}
	if !d.Sealed {
		payload = payload[:min(len(payload), MaxBytes)]
	}
	return marshal(wireDeadLetter{DeadLetter: d, Payload: payload})
}

// DecodeDeadLetter decodes a dead letter's document. It accepts fields it does
// not know and does not validate.
func DecodeDeadLetter(data []byte) (DeadLetter, error) {
	var w wireDeadLetter
	if err := json.Unmarshal(data, &w); err != nil {
		return DeadLetter{}, fmt.Errorf("decode dead letter: %w", err)
	}
	w.DeadLetter.Payload = redact.NewPayload(w.Payload)
	return w.DeadLetter, nil
}

// Validate returns nil, or Faults with everything that is wrong. What came
// with the job and could not be read may be missing.
func (d DeadLetter) Validate() error {
	var f Faults
	f.check("id", checkWord(d.ID, 1, maxOwnID))
	f.check("jobId", checkOptionalWord(d.JobID, maxID))
	if d.AppID != "" {
		f.check("appId", checkWord(d.AppID, minAppID, maxAppID))
	}
	if d.Lane != "" {
		f.check("lane", checkLane(d.Lane))
	}
	f.check("reason", checkReason(d.Reason))
	if d.Outcome != "" {
		f.check("outcome", checkOutcome(d.Outcome))
	}
	f.check("attempts", checkCount(d.Attempts))
	f.check("deliveries", checkCount(d.Deliveries))
	f.check("payload", d.checkPayload())
	f.check("payloadBytes", checkCount(d.PayloadBytes))
	f.check("diedAt", checkInstant(d.DiedAt))
	return f.err()
}

func (d DeadLetter) checkPayload() string {
	if !d.Sealed && len(d.Payload.Reveal()) > MaxBytes {
		return sizeProblem
	}
	return ""
}
