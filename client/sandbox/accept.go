package sandbox

import (
	"strings"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

// order is a send that was asked for and passed the field checks.
type order struct {
	Send

	makesCode   bool   // the provider makes the code
	resends     string // a verificationId, or ""
	undelivered string // Fault.Undelivered
}

// accept sends the message, or finds why not. It returns the status and the
// body of the good answer.
func (s *Sandbox) accept(o order) (status string, body []byte) {
	s.turn(func(now time.Time) { status, body = s.take(o, now) })
	return status, body
}

// take checks in this order: repeat, ids, content, limits of the app, balance.
func (s *Sandbox) take(o order, now time.Time) (status string, body []byte) {
	repeated := o.resends == "" && s.book.repeated(o.OrderID)
	switch {
	case repeated && s.cfg.RefuseRepeats:
		return statusExists, nil
	case !s.account.knows(o.Send):
		return s.cfg.UnknownID, nil
	}
	t := s.account.templateOrPlain(o.TemplateID)
	if o.makesCode {
		o.Code = makeCode(s.codes, t)
	}
	if s.sensitive(t, o.Code) {
		return statusSensitive, nil
	}
	if status := s.charge(o.AppID, o.To.Reveal(), now); status != statusOK {
		return status, nil
	}
	o.At = time.Now()
	s.countAccepted(o, repeated)
	return statusOK, sentBody(s.begun(o, t, now).Send)
}

// begun notes an accepted send and sends its first message.
func (s *Sandbox) begun(o order, t *template, now time.Time) *verification {
	if before := s.book.find(o.resends); before != nil {
		before.flow = nil
		s.schedule.put(before)
	}
	v := &verification{
		Send: o.Send, template: t, undelivered: o.undelivered,
		since: now, expiresAt: now.Add(s.account.appOrOpen(o.AppID).expiry()),
	}
	v.messages = v.single[:0]
	if f, known := s.account.flows.get(o.FlowID); known {
		v.flow = newFlowRun(f, now)
	}
	if forgotten := s.book.add(v); forgotten != nil {
		s.schedule.remove(forgotten)
	}
	s.dispatch(v, v.Channel, 0, now)
	s.schedule.put(v)
	return v
}

func (s *Sandbox) countAccepted(o order, repeated bool) {
	s.stats.accepted++
	if repeated {
		s.stats.repeats++
	}
	if s.book.late(o.OrderID, o.At) {
		s.stats.late++
	}
}

// sensitive does not look at upper and lower case.
func (s *Sandbox) sensitive(t *template, code redact.Code) bool {
	if len(s.words) == 0 {
		return false
	}
	text := strings.ToLower(t.render(code.Reveal()))
	for _, word := range s.words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
