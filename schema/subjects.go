package schema

import (
	"slices"
	"strings"
)

// The streams, the bucket that holds the ledger of attempts, and the one that
// holds the records of batches.
const (
	StreamJobs    = "OTP_JOBS"
	StreamResults = "OTP_RESULTS"
	StreamDead    = "OTP_DEAD"
	BucketLedger  = "otp_ledger"
	BucketBatches = "otp_batches"
	BucketRate    = "otp_rate"
	BucketNewest  = "otp_newest"
)

const root = "otp." + Version + "."

// What the streams listen on, and where replies may go by default.
const (
	JobSubjects    = root + "job.>"
	ResultSubjects = root + "result.>"
	DeadSubjects   = root + "dead.>"
	EventSubjects  = root + "event.>"
	ReplySubjects  = root + "reply.>"
)

// Where workers are asked how they are, and where their answers go: not to an
// inbox, so that a worker needs no right to write to another's.
const (
	FleetSubjects       = root + "fleet.>"
	FleetSnapshot       = root + "fleet.snapshot"
	FleetAnswerSubjects = root + "fleet.answer.>"
)

// unknownToken stands in a subject for what is no lane, app id or reason, so
// that nothing a producer wrote can reach a subject unchecked.
const unknownToken = "unknown"

// JobSubject returns otp.v1.job.<lane>.<appId>. A lane or app id that is not
// valid is written as "unknown".
func JobSubject(l Lane, appID string) string {
	return root + "job." + laneToken(l) + "." + appToken(appID)
}

// ResultSubject returns otp.v1.result.<lane>.<appId>. A lane or app id that is
// not valid is written as "unknown": an invalid job gets its result too.
func ResultSubject(l Lane, appID string) string {
	return root + "result." + laneToken(l) + "." + appToken(appID)
}

// DeadSubject returns otp.v1.dead.<reason>. A reason that is not 1 to 64
// characters of a-z 0-9 _ is written as "unknown".
func DeadSubject(reason string) string {
	if !isReason(reason) {
		reason = unknownToken
	}
	return root + "dead." + reason
}

// LaneSubjects returns otp.v1.job.<lane>.>, all jobs of a lane.
func LaneSubjects(l Lane) string { return root + "job." + laneToken(l) + ".>" }

// A Place is what a job's subject names.
type Place struct {
	Lane  Lane
	AppID string
	// BatchID is that of a managed batch; empty for a plain job.
	BatchID string
}

// ParseJobSubject returns the place that a job's subject names. The error is
// Faults with one fault: on "subject" for a subject of another shape, on "lane"
// for an unknown lane, on "appId" or "batchId" for a malformed id. What could be
// read is returned beside it.
func ParseJobSubject(subject string) (Place, error) {
	var f Faults
	rest, ok := strings.CutPrefix(subject, root+"job.")
	tokens := strings.Split(rest, ".")
	inBatch := len(tokens) == 3 && Lane(tokens[0]) == LaneBatch
	p := Place{Lane: Lane(tokens[0])}
	switch {
	case !ok || len(tokens) != 2 && !inBatch:
		f.check("subject", "must be otp.v1.job.<lane>.<appId> or otp.v1.job.batch.<appId>.<batchId>")
		return Place{}, f.err()
	case checkLane(p.Lane) != "":
		f.check("lane", "must be interactive or batch: it is the fourth token of the subject")
		return Place{AppID: tokens[1]}, f.err()
	case checkWord(tokens[1], minAppID, maxAppID) != "":
		f.check("appId", "must be 4 to 32 characters of "+wordAlphabet+": it is the fifth token of the subject")
		return p, f.err()
	}
	p.AppID = tokens[1]
	if !inBatch {
		return p, nil
	}
	if checkWord(tokens[2], 1, maxBatchID) != "" {
		f.check("batchId", "must be 1 to 48 characters of "+wordAlphabet+": it is the sixth token of the subject")
		return p, f.err()
	}
	p.BatchID = tokens[2]
	return p, nil
}

// ResultApp returns the app id that a result's subject names, a batch's
// included; "" for "unknown" and for a subject of another shape.
func ResultApp(subject string) string {
	rest, ok := strings.CutPrefix(subject, root+"result.")
	tokens := strings.Split(rest, ".")
	inBatch := len(tokens) == 5 && Lane(tokens[0]) == LaneBatch
	if !ok || len(tokens) != 2 && !inBatch || tokens[1] == unknownToken || appToken(tokens[1]) == unknownToken {
		return ""
	}
	return tokens[1]
}

func laneToken(l Lane) string {
	if !slices.Contains(Lanes(), l) {
		return unknownToken
	}
	return string(l)
}

func appToken(appID string) string {
	if checkWord(appID, minAppID, maxAppID) != "" {
		return unknownToken
	}
	return appID
}
