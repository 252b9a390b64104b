package sandbox

import (
	"net/http"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

// sendRule goes read, fault, accept, wait, answer.
func (s *Sandbox) sendRule(w http.ResponseWriter, r *http.Request) {
	defer s.begin(&s.stats.calls)()
	var req sendRequest
	if status := s.read(r, &req); status != statusOK {
		s.countRefused(status)
		refuse(w, status, req.To)
		return
	}
	fault := s.faultFor(req.To, req.OrderID)
	status, good := statusOK, []byte(nil)
	if !fault.stops() {
		status, good = s.accept(req)
	}
	if !s.wait(r, s.cfg.Latency+fault.Latency) {
		panic(http.ErrAbortHandler)
	}
	switch {
	case s.misbehave(w, r, fault, good):
	case fault.Status != "":
		s.countRefused(fault.Status)
		refuse(w, fault.Status, req.To)
	case status != statusOK:
		s.countRefused(status)
		refuse(w, status, req.To)
	default:
		writeJSON(w, good)
	}
}

// accept sends the message, or with RefuseRepeats finds that it was sent. It
// returns the status and the body of the good answer.
func (s *Sandbox) accept(req sendRequest) (string, []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	repeated := s.book.repeated(req.OrderID)
	if repeated && s.cfg.RefuseRepeats {
		return statusExists, nil
	}
	now := time.Now()
	s.stats.accepted++
	if repeated {
		s.stats.repeats++
	}
	if s.book.late(req.OrderID, now) {
		s.stats.late++
	}
	sent := s.book.add(Send{
		AppID: req.AppID, OrderID: req.OrderID, TemplateID: req.TemplateID, FlowID: req.FlowID,
		Channel: req.channel(), To: redact.NewPhone(req.To), Code: redact.NewCode(req.Code), At: now,
	})
	return statusOK, acceptedBody(sent)
}
