package schema

import "time"

// maxOwnID is the longest id of a result or dead letter: a job's id with a
// prefix in front.
const maxOwnID = 80

// Validate returns nil, or Faults with everything that is wrong. What the
// provider wrote (status, verificationId, snaUrl) is not judged.
func (r Result) Validate() error {
	var f Faults
	f.check("id", checkWord(r.ID, 1, maxOwnID))
	r.checkOrigin(&f)
	f.check("outcome", checkOutcome(r.Outcome))
	if r.Reason != "" {
		f.check("reason", checkReason(r.Reason))
	}
	f.check("channel", checkChannel(r.Channel))
	f.check("attempts", checkCount(r.Attempts))
	f.check("timings", r.Timings.check())
	f.check("completedAt", checkInstant(r.CompletedAt))
	f.check("batchId", checkOptionalWord(r.BatchID, maxID))
	f.check("metadata", checkMetadata(r.Metadata))
	f.check("faults", checkFaults(r.Outcome, r.Faults))
	return f.err()
}

// checkOrigin lets an invalid job be answered that did not say who it is.
func (r Result) checkOrigin(f *Faults) {
	invalid := r.Outcome == OutcomeInvalid
	if r.JobID != "" || !invalid {
		f.check("jobId", checkWord(r.JobID, 1, maxID))
	}
	if r.AppID != "" || !invalid {
		f.check("appId", checkWord(r.AppID, minAppID, maxAppID))
	}
	if r.Lane != "" || !invalid {
		f.check("lane", checkLane(r.Lane))
	}
}

func (t Timings) check() string {
	if min(t.Queued, t.Held, t.Provider, t.Total) < 0 {
		return "must be 0 ms or more"
	}
	return ""
}

func checkCount(n int) string {
	if n < 0 {
		return "must be 0 or more"
	}
	return ""
}

func checkInstant(t time.Time) string {
	if t.IsZero() {
		return "is missing: give an RFC 3339 time"
	}
	return checkYear(t)
}

func checkFaults(o Outcome, faults []Fault) string {
	switch {
	case o == OutcomeInvalid && len(faults) == 0:
		return "is missing: an invalid job has at least one"
	case o != OutcomeInvalid && o != OutcomeRejected && len(faults) > 0:
		return "must be left out: only an invalid or rejected job has any"
	}
	return ""
}
