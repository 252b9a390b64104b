package sandbox

import (
	"net/http"

	"github.com/otpworker/otpworker/schema/redact"
)

// sendFields are what sendRule and send have in common.
type sendFields struct {
	AppID      string `json:"appId"`
	TemplateID int64  `json:"templateId"`
	FlowID     int64  `json:"flowId"`
	To         string `json:"to"`
	Channel    string `json:"channel"`
	OrderID    string `json:"orderId"`
}

func (f sendFields) valid() bool {
	return validAppID(f.AppID) && validPhone(f.To) && validChannel(f.Channel) && within(f.OrderID, 0, 64)
}

func (f sendFields) send(code string) Send {
	return Send{
		AppID: f.AppID, OrderID: f.OrderID, TemplateID: f.TemplateID, FlowID: f.FlowID,
		Channel: channelOrSMS(f.Channel), To: redact.NewPhone(f.To), Code: redact.NewCode(code),
	}
}

// sendRequest is the body of sendRule (provider page:
// /api/otp/verificationSendRule).
type sendRequest struct {
	sendFields

	Code string `json:"code"`
}

func (r sendRequest) valid() bool { return r.sendFields.valid() && within(r.Code, 1, 10) }

func (s *Sandbox) sendRule(w http.ResponseWriter, r *http.Request) {
	defer s.begin(sends)()
	var req sendRequest
	status := s.read(r, &req)
	if status == statusOK && !req.valid() {
		status = statusParameter
	}
	s.send(w, r, status, order{Send: req.send(req.Code)})
}

// makeRequest is the body of send, where the provider makes the code (provider
// page: /api/otp/verificationSend). It wants a template.
type makeRequest struct{ sendFields }

func (r makeRequest) valid() bool { return r.sendFields.valid() && r.TemplateID != 0 }

func (s *Sandbox) sendMade(w http.ResponseWriter, r *http.Request) {
	defer s.begin(sends)()
	var req makeRequest
	status := s.read(r, &req)
	if status == statusOK && !req.valid() {
		status = statusParameter
	}
	s.send(w, r, status, order{Send: req.send(""), makesCode: true})
}

// send refuses what earned a status, and plays the rest.
func (s *Sandbox) send(w http.ResponseWriter, r *http.Request, status string, o order) {
	to := o.To.Reveal()
	if status != statusOK {
		s.countRefused(status)
		refuse(w, status, to)
		return
	}
	fault := s.faultFor(to, o.OrderID)
	o.undelivered = fault.Undelivered
	s.answer(w, r, exchange{
		fault: fault, to: to, refused: s.countRefused,
		act: func() (string, []byte) { return s.accept(o) },
	})
}
