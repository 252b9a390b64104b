package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/queue"
)

// A letterView is what a person may see of a dead letter: it holds no payload.
type letterView struct {
	queue.Letter
	// To prints as its last four digits.
	To redact.Phone `json:"to,omitzero"`
	// ExpiresAt is zero if it cannot be told.
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	Expired   bool      `json:"expired"`
	// Replay is "yes", or why not.
	Replay string `json:"replay"`

	refusal error
}

func viewOf(letter queue.Letter, now time.Time) letterView {
	v := letterView{Letter: letter, Replay: "yes", refusal: letter.CanReplay(now)}
	// Of an invalid job there may be a number all the same.
	job, err := letter.Job()
	v.To = job.To
	if err == nil {
		v.ExpiresAt = letter.Expiry(job)
	}
	// Nothing outlives its queue by more than the longest life of a code.
	v.Expired = !v.ExpiresAt.IsZero() && !now.Before(v.ExpiresAt) || now.Sub(letter.DiedAt) > schema.MaxTTL
	if v.refusal != nil {
		v.Replay = "no: " + v.refusal.Error()
	}
	if v.maybeSent() {
		v.Replay = "asks first: " + v.refusal.Error()
	}
	return v
}

// expired is for the table: yes, no, or - if it cannot be told.
func (v letterView) expired() string {
	switch {
	case v.Expired:
		return "yes"
	case v.ExpiresAt.IsZero():
		return "-"
	}
	return "no"
}

func (v letterView) to() string {
	switch {
	case v.Sealed:
		return "sealed"
	case v.To.IsZero():
		return "-"
	}
	return v.To.Mask()
}

// dashed keeps the columns of a table apart.
func dashed(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// writeLine writes one line about a letter. Some apps put the number into the
// job's id or the subject, so it is masked wherever it stands. A terminal gets
// no control characters: any producer may have written the letter.
func writeLine(w io.Writer, to redact.Phone, line string) error {
	if number := to.Reveal(); len(number) >= 10 {
		line = strings.ReplaceAll(line, number, to.Mask())
	}
	line = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, line)
	_, err := fmt.Fprintln(w, strings.TrimRight(line, " "))
	return err
}

// writeJSON writes v as a line of NDJSON, through the masks of json.Marshal.
func writeJSON(w io.Writer, to redact.Phone, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return writeLine(w, to, string(data))
}
