package sandbox

import (
	"net/http"
	"time"
)

// postbackRequest says that a code was used (provider page:
// /api/otp/otpPbStatusReport). The unit of time is not on the page; the SMS
// twin's is milliseconds.
type postbackRequest struct {
	AppID          string `json:"appId"`
	VerificationID string `json:"verificationId"`
	Number         string `json:"number"`
	Time           string `json:"time"`
}

func (r postbackRequest) valid() bool {
	return validAppID(r.AppID) && validVerificationID(r.VerificationID) &&
		(r.Number == "" || validPhone(r.Number)) && len(r.Time) == 13 && onlyDigits(r.Time)
}

// postback counts as a verification: it ends the flow.
func (s *Sandbox) postback(_ *http.Request, req postbackRequest) (status string, body []byte) {
	status = statusOK
	s.turn(func(now time.Time) {
		v := s.book.find(req.VerificationID)
		switch {
		case v == nil || v.AppID != req.AppID:
			status = s.cfg.UnknownID
		case !v.verified():
			v.verifiedAt = now
		}
	})
	return status, accepted
}
