package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

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
	look := letter.Look(now)
	v := letterView{Letter: letter, To: look.To, ExpiresAt: look.ExpiresAt, Expired: look.Expired, Replay: "yes", refusal: look.Refusal}
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
	case v.Sealed, errors.Is(v.refusal, queue.ErrSealed):
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

// writeLine writes one line about a letter, without the number wherever it
// stands. A terminal gets no control characters: any producer may have written
// the letter.
func writeLine(w io.Writer, to redact.Phone, line string) error {
	line = queue.LetterLook{To: to}.Hide(line)
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
