package schema

import (
	"encoding/json"
	"fmt"
	"time"
)

// Counts is how many results a batch has, by outcome.
type Counts map[Outcome]uint64

// Reasons is how many results a batch has, by outcome and reason.
type Reasons map[Outcome]map[string]uint64

// BatchFinished says that each published row of a batch has its result. There
// is one for a batch, on [BatchEventSubject].
type BatchFinished struct {
	BatchID string `json:"batchId" jsonschema:"minLength=1,maxLength=48,pattern=^[A-Za-z0-9_-]*$" jsonschema_description:"The batch's id."`
	AppID   string `json:"appId" jsonschema:"minLength=4,maxLength=32,pattern=^[A-Za-z0-9_-]*$" jsonschema_description:"The batch's app."`
	// Rows is how many rows the batch was to have, Published how many were
	// queued: fewer if it was cancelled.
	Rows      uint64 `json:"rows" jsonschema:"minimum=1" jsonschema_description:"Good rows of the input."`
	Published uint64 `json:"published" jsonschema:"minimum=0" jsonschema_description:"Rows that were queued: fewer than rows only if the batch was cancelled."`
	// Counts and Reasons add up to Published, unless a result was stored twice.
	Counts  Counts  `json:"counts" jsonschema_description:"Results by outcome."`
	Reasons Reasons `json:"reasons" jsonschema_description:"Results by outcome and reason."`
	// Cancelled says that the batch was cancelled.
	Cancelled bool `json:"cancelled" jsonschema_description:"The batch was cancelled."`
	// StartedAt is when the batch was created, FinishedAt when it was seen that
	// nothing of it waits any more.
	StartedAt  time.Time `json:"startedAt" jsonschema_description:"When the batch was created, RFC 3339."`
	FinishedAt time.Time `json:"finishedAt" jsonschema_description:"When its last row had its result, RFC 3339."`
}

// Encode returns the event's wire form.
func (b BatchFinished) Encode() ([]byte, error) { return marshal(b) }

// DecodeBatchFinished decodes an event's document. It accepts fields it does not
// know and does not validate.
func DecodeBatchFinished(data []byte) (BatchFinished, error) {
	var b BatchFinished
	if err := json.Unmarshal(data, &b); err != nil {
		return BatchFinished{}, fmt.Errorf("decode batch's end: %w", err)
	}
	return b, nil
}

// Validate returns nil, or Faults with everything that is wrong.
func (b BatchFinished) Validate() error {
	var f Faults
	f.check("batchId", checkWord(b.BatchID, 1, maxBatchID))
	f.check("appId", checkWord(b.AppID, minAppID, maxAppID))
	if b.Rows == 0 {
		f.check("rows", "must be 1 or more")
	}
	f.check("counts", b.Counts.check())
	f.check("reasons", b.Reasons.check())
	f.check("startedAt", checkInstant(b.StartedAt))
	f.check("finishedAt", checkInstant(b.FinishedAt))
	return f.err()
}

func (c Counts) check() string {
	if c == nil {
		return "is missing: give the results by outcome"
	}
	for o := range c {
		if problem := checkOutcome(o); problem != "" {
			return "has a name that " + problem
		}
	}
	return ""
}

func (r Reasons) check() string {
	if r == nil {
		return "is missing: give the results by outcome and reason"
	}
	for o, reasons := range r {
		if problem := checkOutcome(o); problem != "" {
			return "has a name that " + problem
		}
		for reason := range reasons {
			if problem := checkReason(reason); problem != "" {
				return "has a reason that " + problem
			}
		}
	}
	return ""
}
