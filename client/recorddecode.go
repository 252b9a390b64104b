package client

import "encoding/json"

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
	Matched integer `json:"matched"`
	Channel channel `json:"channel"`
	OrderID text    `json:"orderId"` // the record by id has it here
}

// UnmarshalJSON takes an object, or an array of them as the plural suggests,
// or nothing.
func (v *verifications) UnmarshalJSON(data []byte) error {
	type plain verifications
	decodeObject(data, (*plain)(v))
	return nil
}

type sms struct {
	Status integer `json:"status"`
}

// state follows the delivery status, which is not the envelope's: -1 being
// sent, 0 success, 1 failure.
func (s sms) state() State {
	switch {
	case !s.Status.set || s.Status.n == -1:
		return StateSending
	case s.Status.n == 0:
		return StateSent
	}
	return StateFailed
}

type call struct {
	TerminationCode integer `json:"terminationCode"`
}

func (c call) state() State {
	switch {
	case !c.TerminationCode.set:
		return StateSending
	case c.TerminationCode.n == 0:
		return StateSent
	}
	return StateFailed
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
		Matched:        MatchedUnset,
	}
	if rec.OrderID == "" {
		rec.OrderID = string(d.Verifications.OrderID)
	}
	if d.Verifications.Matched.set {
		rec.Matched = d.Verifications.Matched.n
	}
	for _, m := range d.SMS {
		rec.add("sms", m.state())
	}
	for _, m := range d.Call {
		rec.add("call", m.state())
	}
	rec.sumUp()
	return rec
}

func (r *Record) add(channel string, s State) {
	if len(r.Messages) < maxMessages {
		r.Messages = append(r.Messages, Message{Channel: channel, State: s})
	}
}

// sumUp decides Found and State. A message proves a send whatever matched
// says; without one, matched 3 denies it and an echoed orderId affirms it.
func (r *Record) sumUp() {
	known := r.Matched != MatchedUnset && r.Matched != MatchedNoSuchID
	echoed := r.Matched == MatchedUnset && r.OrderID != ""
	r.Found = len(r.Messages) > 0 || known || echoed
	if !r.Found {
		return
	}
	seen := map[State]bool{}
	for _, m := range r.Messages {
		seen[m.State] = true
	}
	entered := r.Matched == MatchedVerified || r.Matched == MatchedWrongCode
	switch {
	case seen[StateSent] || entered:
		r.State = StateSent
	case seen[StateSending] || len(r.Messages) == 0:
		r.State = StateSending
	default:
		r.State = StateFailed
	}
}
