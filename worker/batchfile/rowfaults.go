package batchfile

import (
	"errors"
	"strings"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
)

// maxID is the longest id of a batch: see [schema.CheckBatchID].
const maxID = 48

// faults are all that is wrong with a row as part of a batch.
func (o Options) faults(j schema.Job) schema.Faults {
	var faults schema.Faults
	for _, own := range []struct {
		field string
		set   bool
		mend  string
	}{
		{"id", j.ID != "", "is not for a batch, which numbers its jobs: name the column metadata.id to have it in the results"},
		{"batchId", j.BatchID != "", "is not for a row: name the batch as a whole"},
		{"createdAt", !j.CreatedAt.IsZero(), "is not for a batch: a code's life begins when its row is published"},
		{"expiresAt", !j.ExpiresAt.IsZero(), "is not for a batch: use ttlSeconds, a code's life begins when its row is published"},
		{"sealed", j.Sealed != "", "is not for a batch, which numbers its jobs and a box is good for one: give code and to, and seal them with --seal-to"},
		{"appId", j.AppID != o.Defaults.AppID, "must be that of the batch: leave it out"},
	} {
		if own.set {
			faults = append(faults, schema.Fault{Field: own.field, Problem: own.mend})
		}
	}
	if o.MakeCodes && j.Code.IsZero() {
		j.Code = redact.NewCode(strings.Repeat("0", maxCode))
	}
	// The longest id that row can get, and the app of the batch: both are judged
	// above.
	j.ID, j.BatchID, j.AppID, j.Sealed = strings.Repeat("0", 64), strings.Repeat("0", maxID), o.Defaults.AppID, ""
	err := j.Validate()
	if err == nil && len(j.Metadata) > 0 && metadataBytes(j) > smallMetadata {
		_, err = j.Encode() // which measures it, at a price
	}
	if more, ok := errors.AsType[schema.Faults](err); ok {
		faults = append(faults, more...)
	}
	return faults
}

func life(j schema.Job) int {
	if j.TTLSeconds == 0 {
		return int(schema.DefaultTTL.Seconds())
	}
	return j.TTLSeconds
}

// smallMetadata is so little that a job with it is never too large, however its
// characters are written.
const smallMetadata = 512

func metadataBytes(j schema.Job) (n int) {
	for key, value := range j.Metadata {
		n += len(key) + len(value)
	}
	return n
}
