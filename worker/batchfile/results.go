package batchfile

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"time"

	"github.com/otpworker/otpworker/schema"
)

// A Joined says what [WriteResults] has written.
type Joined struct {
	// Rows were written, Open of them without an outcome yet.
	Rows, Open int
}

// WriteResults writes a CSV of the file's rows in their order, each with its
// outcome: row, jobId, to, the columns the file fills, outcome, reason, status,
// verificationId, completedAt. A row without a result has the last five empty; of
// a retry only the rows with a result are written. codes, if not nil, adds the
// column code; no code is written otherwise.
func WriteResults(w io.Writer, f *File, batchID string, a *Answers, codes *CodesFile) (Joined, error) {
	out := csv.NewWriter(w)
	j := joiner{file: f, batchID: batchID, answers: a, codes: codes}
	if err := out.Write(j.header()); err != nil {
		return j.Joined, fmt.Errorf("write results: %w", err)
	}
	for job, err := range f.goodRows() {
		if err != nil {
			return j.Joined, err
		}
		record, err := j.record(job)
		if err != nil {
			return j.Joined, err
		}
		if record == nil {
			continue
		}
		if err := out.Write(record); err != nil {
			return j.Joined, fmt.Errorf("write results: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return j.Joined, fmt.Errorf("write results: %w", err)
	}
	return j.Joined, nil
}

type joiner struct {
	Joined
	file    *File
	batchID string
	answers *Answers
	codes   *CodesFile
}

func (j *joiner) header() []string {
	header := append([]string{"row", "jobId", "to"}, j.file.Columns...)
	if j.codes != nil {
		header = append(header, "code")
	}
	return append(header, "outcome", "reason", "status", "verificationId", "completedAt")
}

func (j *joiner) record(job Job) ([]string, error) {
	answer, ok, err := j.answers.At(job.N)
	if err != nil || !ok && j.answers.retry {
		return nil, err
	}
	j.Rows++
	id, completed := answer.JobID, ""
	if ok {
		completed = answer.CompletedAt.UTC().Format(time.RFC3339Nano)
	} else {
		id = schema.BatchJobID(j.batchID, uint64(job.N))
		j.Open++
	}
	record := []string{fmt.Sprint(job.Line), id, job.To.Reveal()}
	filled := maps.Collect(cells(job.Job))
	for _, column := range j.file.Columns {
		record = append(record, filled[column])
	}
	if j.codes != nil {
		code, err := j.codes.find(id)
		if err != nil {
			return nil, err
		}
		record = append(record, code.Reveal())
	}
	return append(record, string(answer.Outcome), answer.Reason, answer.Status, answer.VerificationID, completed), nil
}
