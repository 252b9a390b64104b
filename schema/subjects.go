package schema

import (
	"slices"
	"strings"
)

// The streams, and the bucket that holds the ledger of attempts.
const (
	StreamJobs    = "OTP_JOBS"
	StreamResults = "OTP_RESULTS"
	StreamDead    = "OTP_DEAD"
	BucketLedger  = "otp_ledger"
)

const root = "otp." + Version + "."

// What the streams listen on, and where replies may go by default.
const (
	JobSubjects    = root + "job.>"
	ResultSubjects = root + "result.>"
	DeadSubjects   = root + "dead.>"
	ReplySubjects  = root + "reply.>"
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

// ParseJobSubject returns the lane and app id that a job's subject names. The
// error is Faults with one fault: on "subject" for a subject of another shape,
// on "lane" for an unknown lane, on "appId" for a malformed app id. What could
// be read is returned beside it.
func ParseJobSubject(subject string) (lane Lane, appID string, err error) {
	var f Faults
	rest, ok := strings.CutPrefix(subject, root+"job.")
	tokens := strings.Split(rest, ".")
	switch {
	case !ok || len(tokens) != 2:
		f.check("subject", "must be otp.v1.job.<lane>.<appId>")
	case checkLane(Lane(tokens[0])) != "":
		f.check("lane", "must be interactive or batch: it is the fourth token of the subject")
		appID = tokens[1]
	case checkWord(tokens[1], minAppID, maxAppID) != "":
		f.check("appId", "must be 4 to 32 characters of "+wordAlphabet+": it is the last token of the subject")
		lane = Lane(tokens[0])
	default:
		return Lane(tokens[0]), tokens[1], nil
	}
	return lane, appID, f.err()
}

// ResultApp returns the app id that a result's subject names; "" for "unknown"
// and for a subject of another shape.
func ResultApp(subject string) string {
	rest, ok := strings.CutPrefix(subject, root+"result.")
	tokens := strings.Split(rest, ".")
	if !ok || len(tokens) != 2 || tokens[1] == unknownToken || appToken(tokens[1]) == unknownToken {
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
