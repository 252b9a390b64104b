package sandbox

import (
	"net/http"
	"time"
)

// resendRequest is the body of resend (provider page:
// /api/otp/verificationResend).
type resendRequest struct {
	VerificationID string `json:"verificationId"`
	Channel        string `json:"channel"`
}

func (r resendRequest) valid() bool {
	return validVerificationID(r.VerificationID) && validChannel(r.Channel)
}

// resend sends the same code under a new verificationId and the same orderId.
// It begins the flow anew and ends the one that ran.
func (s *Sandbox) resend(w http.ResponseWriter, r *http.Request) {
	defer s.begin(sends)()
	var req resendRequest
	status := s.read(r, &req)
	if status == statusOK && !req.valid() {
		status = statusParameter
	}
	var o order
	if status == statusOK {
		o, status = s.orderAgain(req)
	}
	s.send(w, r, status, o)
}

func (s *Sandbox) orderAgain(req resendRequest) (o order, status string) {
	s.turn(func(time.Time) {
		before := s.book.find(req.VerificationID)
		if before == nil {
			status = s.cfg.UnknownID
			return
		}
		o = order{Send: before.Send, resends: req.VerificationID}
		o.Channel = channelOrSMS(req.Channel)
	})
	if status == "" {
		status = statusOK
	}
	return o, status
}
