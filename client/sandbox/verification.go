package sandbox

import "time"

// verification is a send and all that came of it, under one verificationId.
// Its times are of the clock that Advance moves; Send.At is not.
type verification struct {
	Send

	template    *template // as it was at the send
	since       time.Time
	expiresAt   time.Time
	verifiedAt  time.Time // zero until the right code came
	wrong       bool      // a wrong code came
	undelivered string    // Fault.Undelivered of the send

	messages  []sentMessage
	single    [1]sentMessage // room for messages without a flow
	announced int            // messages whose end was told
	flow      *flowRun       // nil: none, or it has ended

	due   time.Time // nextMoment, while in the schedule
	place int       // in the schedule, from 1; 0: not in it
}

// sentMessage is one message of a verification.
type sentMessage struct {
	channel string
	node    int // of the flow, from 1; 0: the send itself
	at      time.Time
	doneAt  time.Time
	fails   bool
	price   Amount
}

func (m sentMessage) state(now time.Time) State {
	switch {
	case now.Before(m.doneAt):
		return StateSending
	case m.fails:
		return StateFailed
	}
	return StateSent
}

// nextMoment is when something happens next: a message's end or a node.
func (v *verification) nextMoment() (due time.Time, waits bool) {
	if v.announced < len(v.messages) {
		due, waits = v.messages[v.announced].doneAt, true
	}
	if v.flow != nil && (!waits || v.flow.at.Before(due)) {
		due, waits = v.flow.at, true
	}
	return due, waits
}

func (v *verification) verified() bool { return !v.verifiedAt.IsZero() }

func (v *verification) expired(now time.Time) bool { return !now.Before(v.expiresAt) }

func (v *verification) latest() sentMessage { return v.messages[len(v.messages)-1] }

// arrived reports whether a message with a code reached the phone, and if none
// did, whether one is on its way.
func (v *verification) arrived(now time.Time) (yes, sending bool) {
	for _, m := range v.messages {
		switch m.state(now) {
		case StateSent:
			yes = yes || m.channel != channelSNA
		case StateSending:
			sending = true
		case StateFailed:
		}
	}
	return yes, sending && !yes
}
