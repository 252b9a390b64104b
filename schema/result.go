package schema

import (
	"encoding/json"
	"fmt"
	"time"
)

// Result is the one terminal answer to a job. It never holds a code or a
// phone number.
type Result struct {
	// ID is stable for a job, so that a reader can drop a result it has seen:
	// see [ResultID].
	ID string `json:"id" jsonschema:"minLength=1,maxLength=80,pattern=^[A-Za-z0-9_-]*$" jsonschema_description:"Stable for a job: a reader drops a result whose id it has seen."`
	// JobID, AppID and Lane are the job's. Empty only where an invalid job did
	// not say.
	JobID string `json:"jobId,omitzero" jsonschema:"maxLength=64,pattern=^[A-Za-z0-9_-]*$" jsonschema_description:"The job's id. Left out only where an invalid job had none."`
	AppID string `json:"appId,omitzero" jsonschema:"minLength=4,maxLength=32,pattern=^[A-Za-z0-9_-]*$" jsonschema_description:"The job's app. Left out only where an invalid job had none."`
	Lane  Lane   `json:"lane,omitzero" jsonschema_description:"The lane the job waited in. Left out only where an invalid job came on no known lane."`
	// Outcome is what became of the job.
	Outcome Outcome `json:"outcome" jsonschema_description:"sent: the provider took it. rejected: it never will. expired: not sent, its time is over. unknown: it may have been sent. invalid: the job is malformed, see faults."`
	// Reason is why, in snake_case.
	Reason string `json:"reason,omitzero" jsonschema:"maxLength=64,pattern=^[a-z0-9_]*$" jsonschema_description:"Why, as a snake_case word."`
	// Status is the provider's last status, as it wrote it. Empty if it never
	// answered.
	Status string `json:"status,omitzero" jsonschema_description:"The provider's last status as a string. Left out if it never answered."`
	// VerificationID is the provider's id of the message.
	VerificationID string `json:"verificationId,omitzero" jsonschema_description:"The provider's id of the message."`
	// SNAURL is the address to open, for channel sna only.
	SNAURL string `json:"snaUrl,omitzero" jsonschema_description:"The address to open, for channel sna only."`
	// Channel is the one the provider used, or the one asked for.
	Channel Channel `json:"channel,omitzero" jsonschema_description:"The channel the provider used, or the one asked for."`
	// Attempts counts calls of the provider, not deliveries of the job.
	Attempts int `json:"attempts" jsonschema:"minimum=0" jsonschema_description:"Calls of the provider that tried to send."`
	// Timings says where the time went.
	Timings Timings `json:"timings" jsonschema_description:"Where the time went, in milliseconds."`
	// CompletedAt is when the result was decided.
	CompletedAt time.Time `json:"completedAt" jsonschema_description:"When the result was decided, RFC 3339."`
	// BatchID and Metadata are echoed from the job.
	BatchID  string            `json:"batchId,omitzero" jsonschema:"maxLength=64,pattern=^[A-Za-z0-9_-]*$" jsonschema_description:"Echoed from the job."`
	Metadata map[string]string `json:"metadata,omitempty" jsonschema_description:"Echoed from the job."`
	// Worker names the process that decided.
	Worker string `json:"worker,omitzero" jsonschema_description:"Name of the worker that decided."`
	// Faults says what was wrong with an invalid job, or which id of a rejected
	// one the provider does not know.
	Faults []Fault `json:"faults,omitempty" jsonschema_description:"For outcome invalid: all that is wrong with the job. For rejected: what the provider does not know."`
	// Notes are remarks for the sender, such as an ignored replyTo.
	Notes []string `json:"notes,omitempty" jsonschema_description:"Remarks for the sender, such as an ignored replyTo."`
}

// Timings says where a job's time went, in milliseconds.
type Timings struct {
	// Queued is from the job's arrival in the queue to its first delivery.
	Queued int64 `json:"queued" jsonschema:"minimum=0" jsonschema_description:"From arrival in the queue to the first delivery."`
	// Held is the time spent waiting for a breaker, a rate token or a retry.
	Held int64 `json:"held" jsonschema:"minimum=0" jsonschema_description:"Waiting for a breaker, a rate token or a retry."`
	// Provider is the time spent in calls of the provider.
	Provider int64 `json:"provider" jsonschema:"minimum=0" jsonschema_description:"In calls of the provider."`
	// Total is from arrival in the queue to the result.
	Total int64 `json:"total" jsonschema:"minimum=0" jsonschema_description:"From arrival in the queue to the result."`
}

// ResultID returns the id of the result of a job. It depends on nothing else,
// so that a result that is published twice is seen to be one.
func ResultID(jobID string) string { return "res-" + jobID }

// Encode returns the result's wire form. Unlike a job's it refuses nothing
// that JSON can carry: a result that is not written is a job without an answer.
func (r Result) Encode() ([]byte, error) {
	if data, ok := r.encodePlain(); ok {
		return data, nil
	}
	return marshal(r)
}

// DecodeResult decodes a result document. It accepts fields it does not know
// and does not validate.
func DecodeResult(data []byte) (Result, error) {
	var r Result
	if err := json.Unmarshal(data, &r); err != nil {
		return Result{}, fmt.Errorf("decode result: %w", err)
	}
	return r, nil
}
