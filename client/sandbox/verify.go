package sandbox

import (
	"net/http"
	"time"
)

// verifyRequest is the body of verify (provider page:
// /api/otp/verificationVerify). Its code is longer than sendRule's may be.
type verifyRequest struct {
	VerificationID string `json:"verificationId"`
	Code           string `json:"code"`
}

func (r verifyRequest) valid() bool {
	return validVerificationID(r.VerificationID) && within(r.Code, 4, 10)
}

// verifyData is status 0 whatever the verdict: matched has it.
type verifyData struct {
	VerificationID string `json:"verificationId"`
	To             string `json:"to"`
	Channel        string `json:"channel"`
	Matched        int    `json:"matched"`
}

func (s *Sandbox) verify(_ *http.Request, req verifyRequest) (status string, body []byte) {
	s.turn(func(now time.Time) {
		data := verifyData{VerificationID: req.VerificationID, Matched: matchedNoSuchID}
		if v := s.book.find(req.VerificationID); v != nil {
			data.To, data.Channel = v.To.Reveal(), v.Channel
			data.Matched = v.try(req.Code, now)
		}
		status, body = found(data)
	})
	return status, body
}
