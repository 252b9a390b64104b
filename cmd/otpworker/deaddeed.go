package main

import (
	"fmt"
	"strings"

	"github.com/otpworker/otpworker/schema/redact"
)

// A deed is what was done with one letter.
type deed struct {
	Seq      uint64 `json:"seq"`
	JobID    string `json:"jobId,omitzero"`
	Done     string `json:"done"`
	NewJobID string `json:"newJobId,omitzero"`
	Why      string `json:"why,omitzero"`
}

func (p *printer) deed(v letterView, d deed) error {
	d.Seq, d.JobID = v.Seq, v.JobID
	if p.ndjson {
		return writeJSON(p.w, v.To, d)
	}
	const row = "%6s %-24s %-13s %s"
	if !p.begun {
		p.begun = true
		if err := writeLine(p.w, redact.Phone{}, fmt.Sprintf(row, "SEQ", "JOB", "DONE", "NEW JOB OR WHY NOT")); err != nil {
			return err
		}
	}
	detail := strings.TrimSpace(d.NewJobID + " " + d.Why)
	return writeLine(p.w, v.To, fmt.Sprintf(row, fmt.Sprint(d.Seq), dashed(d.JobID), d.Done, detail))
}
