package client

import (
	"encoding/json"

	"github.com/otpworker/otpworker/schema/redact"
)

// maxMessages bounds what one record may hold.
const maxMessages = 64

type recordData struct {
	OrderID        text          `json:"orderId"`
	VerificationID text          `json:"verificationId"`
	FlowID         text          `json:"flowId"`
	Verifications  verifications `json:"verifications"`
	SMS            listOf[sms]   `json:"sms"`
	Call           listOf[call]  `json:"call"`
}

type verifications struct {
	Matched      integer `json:"matched"`
	VerifiedDate detail  `json:"verifiedDate"`
	OriReceiver  detail  `json:"oriReceiver"`
	Channel      channel `json:"channel"`
	OrderID      text    `json:"orderId"` // the record by id has it here
}

// UnmarshalJSON takes an object, or an array of them as the plural suggests,
// or nothing.
func (v *verifications) UnmarshalJSON(data []byte) error {
	type plain verifications
	decodeObject(data, (*plain)(v))
	return nil
}

// decodeRecord never fails: what cannot be read counts as absent, and a record
// with nothing in it as not found.
func decodeRecord(data json.RawMessage) Record {
	var d recordData
	decodeObject(data, &d)
	rec := Record{
		OrderID:        string(d.OrderID),
		VerificationID: string(d.VerificationID),
		FlowID:         string(d.FlowID),
		Channel:        string(d.Verifications.Channel),
		Matched:        VerdictMissing,
		VerifiedDate:   string(d.Verifications.VerifiedDate),
		Receiver:       redact.NewPhone(string(d.Verifications.OriReceiver)),
	}
	if rec.OrderID == "" {
		rec.OrderID = string(d.Verifications.OrderID)
	}
	if d.Verifications.Matched.set {
		rec.Matched = Verdict(d.Verifications.Matched.n)
	}
	for _, m := range d.SMS {
		rec.add(m.message())
	}
	for _, m := range d.Call {
		rec.add(m.message())
	}
	rec.sumUp()
	return rec
}

func (r *Record) add(m Message) {
	if len(r.Messages) < maxMessages {
		r.Messages = append(r.Messages, m)
	}
}

// sumUp decides Found and State. A message proves a send whatever matched
// says; without one, matched 3 denies it and an echoed orderId affirms it.
func (r *Record) sumUp() {
	known := r.Matched != VerdictMissing && r.Matched != VerdictNoSuchID
	echoed := r.Matched == VerdictMissing && r.OrderID != ""
	r.Found = len(r.Messages) > 0 || known || echoed
	if !r.Found {
		return
	}
	seen := map[State]bool{}
	for _, m := range r.Messages {
		seen[m.State] = true
	}
	entered := r.Matched == VerdictMatched || r.Matched == VerdictWrongCode
	switch {
	case seen[StateSent] || entered:
		r.State = StateSent
	case seen[StateSending] || len(r.Messages) == 0:
		r.State = StateSending
	default:
		r.State = StateFailed
	}
}
