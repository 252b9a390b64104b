package sandbox

import (
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

// State is how far a message has come.
type State string

// What State can be.
const (
	StateSending State = "sending"
	StateSent    State = "sent"
	StateFailed  State = "failed"
)

// Message is one SMS, call or SNA link: what a person's phone would show.
type Message struct {
	VerificationID string
	AppID          string
	OrderID        string
	TemplateID     int64
	FlowID         int64

	// Node is the node of the flow that sent it, from 1; 0 is the send itself.
	Node    int
	Channel string
	To      redact.Phone

	// Text is the template with the code in it: Reveal shows it.
	Text redact.Payload

	// Language is the template's, such as "EN". It changes nothing else.
	Language string
	State    State

	// At is when it was accepted, DoneAt when it was or will be delivered or
	// fail, both on the clock that Advance moves.
	At, DoneAt time.Time
}

// letter is message number n of a verification.
type letter struct {
	*verification

	n int
}

func (l letter) message(now time.Time) Message {
	m := l.messages[l.n]
	return Message{
		VerificationID: l.VerificationID, AppID: l.AppID, OrderID: l.OrderID,
		TemplateID: l.TemplateID, FlowID: l.FlowID,
		Node: m.node, Channel: m.channel, To: l.To,
		Text: redact.NewPayload([]byte(l.text(m.channel))), Language: l.template.Language,
		State: m.state(now), At: m.at, DoneAt: m.doneAt,
	}
}

func (v *verification) text(channel string) string {
	if channel == channelSNA {
		return snaURL(v.VerificationID)
	}
	return v.template.render(v.Code.Reveal())
}
