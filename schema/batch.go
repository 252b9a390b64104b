package schema

import (
	"slices"
	"strconv"
	"strings"
)

// maxBatchID leaves room in a job's id for the row: see [BatchJobID].
const maxBatchID = 48

// noReason stands in a subject for a result without a reason.
const noReason = "none"

// BatchJobSubject returns otp.v1.job.batch.<appId>.<batchId>, where the jobs of
// a managed batch wait. An id that is not valid is written as "unknown".
func BatchJobSubject(appID, batchID string) string {
	return JobSubject(LaneBatch, appID) + "." + batchToken(batchID)
}

// BatchResultSubject returns otp.v1.result.batch.<appId>.<batchId>.<outcome>.<reason>,
// so that the broker counts a batch by outcome and reason. An id or outcome that
// is not valid is written as "unknown", a reason that is not as "none".
func BatchResultSubject(appID, batchID string, o Outcome, reason string) string {
	if !isReason(reason) {
		reason = noReason
	}
	return ResultSubject(LaneBatch, appID) + "." + batchToken(batchID) + "." + outcomeToken(o) + "." + reason
}

// BatchResultSubjects returns otp.v1.result.batch.<appId>.<batchId>.>, all
// results of a batch.
func BatchResultSubjects(appID, batchID string) string {
	return ResultSubject(LaneBatch, appID) + "." + batchToken(batchID) + ".>"
}

// ParseBatchResult returns the outcome and reason that the subject of a batch's
// result names; false for another subject.
func ParseBatchResult(subject string) (o Outcome, reason string, ok bool) {
	rest, ok := strings.CutPrefix(subject, root+"result."+string(LaneBatch)+".")
	tokens := strings.Split(rest, ".")
	if !ok || len(tokens) != 4 {
		return "", "", false
	}
	return Outcome(tokens[2]), tokens[3], true
}

// BatchEventSubject returns otp.v1.event.batch.<appId>.<batchId>, where the one
// [BatchFinished] of a batch stands. An id that is not valid is written as
// "unknown".
func BatchEventSubject(appID, batchID string) string {
	return root + "event.batch." + appToken(appID) + "." + batchToken(batchID)
}

// BatchJobID returns the id of the job of a batch's row, counted from 1:
// <batchId>-<row>.
func BatchJobID(batchID string, row uint64) string {
	return batchID + "-" + strconv.FormatUint(row, 10)
}

// BatchRow returns the row that a job's id names; false if it is none of the
// batch's.
func BatchRow(batchID, jobID string) (row uint64, ok bool) {
	digits, ok := strings.CutPrefix(jobID, batchID+"-")
	if !ok {
		return 0, false
	}
	row, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || row == 0 || BatchJobID(batchID, row) != jobID {
		return 0, false
	}
	return row, true
}

// CheckBatchID returns nil, or Faults with one fault on "batchId": the id of a
// managed batch is 1 to 48 characters of A-Z a-z 0-9 _ -.
func CheckBatchID(batchID string) error {
	var f Faults
	f.check("batchId", checkWord(batchID, 1, maxBatchID))
	return f.err()
}

func outcomeToken(o Outcome) string {
	if !slices.Contains(Outcomes(), o) {
		return unknownToken
	}
	return string(o)
}

func batchToken(batchID string) string {
	if checkWord(batchID, 1, maxBatchID) != "" {
		return unknownToken
	}
	return batchID
}
