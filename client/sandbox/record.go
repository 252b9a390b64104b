package sandbox

import (
	"net/http"
	"time"
)

// recordRequest is the body of orderId/record. Whether appId is required is
// disputed between the provider's pages; here it is.
type recordRequest struct {
	AppID   string `json:"appId"`
	OrderID string `json:"orderId"`
}

func (r recordRequest) valid() bool { return validAppID(r.AppID) && within(r.OrderID, 1, 64) }

// orderRecord has the nesting of the provider page
// /api/otp/verificationOrderIdRcd: lists, and no verificationId.
type orderRecord struct {
	OrderID       string       `json:"orderId"`
	FlowID        int64        `json:"flowId"`
	Verifications verifiedPart `json:"verifications"`
	SMS           []smsPart    `json:"sms,omitempty"`
	Call          []callPart   `json:"call,omitempty"`
}

// idRecord has the nesting of the provider page /api/otp/verificationRecord:
// single objects, here the latest message of its kind.
type idRecord struct {
	VerificationID string       `json:"verificationId"`
	Verifications  verifiedPart `json:"verifications"`
	SMS            *smsPart     `json:"sms,omitempty"`
	Call           *callPart    `json:"call,omitempty"`
}

func (s *Sandbox) recordByOrder(_ *http.Request, req recordRequest) (status string, body []byte) {
	s.turn(func(now time.Time) {
		var visible []*verification
		for _, v := range s.book.of(req.OrderID) {
			if v.AppID == req.AppID && s.shows(v, now) {
				visible = append(visible, v)
			}
		}
		if len(visible) == 0 {
			status, body = s.noRecord()
			return
		}
		status, body = found(newOrderRecord(visible, now))
	})
	return status, body
}

func (s *Sandbox) recordByID(r *http.Request, _ nothing) (status string, body []byte) {
	id := r.PathValue("verificationId")
	if !validVerificationID(id) {
		return statusParameter, nil
	}
	s.turn(func(now time.Time) {
		v := s.book.find(id)
		if v == nil || !s.shows(v, now) {
			status, body = s.noRecord()
			return
		}
		status, body = found(newIDRecord(v, now))
	})
	return status, body
}

// shows reports whether a query may see v by now.
func (s *Sandbox) shows(v *verification, now time.Time) bool {
	return !now.Before(v.since.Add(s.cfg.RecordDelay))
}

func (s *Sandbox) noRecord() (status string, body []byte) {
	switch s.cfg.UnknownRecord {
	case UnknownNull:
		return statusOK, []byte(`{"status":"0","reason":"success","data":null}`)
	case UnknownMatched3:
		return statusOK, []byte(`{"status":"0","reason":"success","data":{"verifications":{"matched":3}}}`)
	}
	return s.cfg.UnknownRecord, nil
}

// newOrderRecord shows the latest send's verification, and the messages of all.
func newOrderRecord(sends []*verification, now time.Time) orderRecord {
	latest := sends[len(sends)-1]
	rec := orderRecord{OrderID: latest.OrderID, FlowID: latest.FlowID, Verifications: newVerifiedPart(latest, now)}
	for _, v := range sends {
		for _, m := range v.messages {
			switch m.channel {
			case channelSMS:
				part := newSMSPart(v, m, now)
				part.settlement = &settlement{m.price, m.price, "USD", "1"}
				rec.SMS = append(rec.SMS, part)
			case channelCall:
				rec.Call = append(rec.Call, newCallPart(m, now))
			}
		}
	}
	return rec
}

func newIDRecord(v *verification, now time.Time) idRecord {
	rec := idRecord{VerificationID: v.VerificationID, Verifications: newVerifiedPart(v, now)}
	rec.Verifications.OrderID = &v.OrderID
	for _, m := range v.messages {
		switch m.channel {
		case channelSMS:
			rec.SMS = new(newSMSPart(v, m, now))
		case channelCall:
			rec.Call = new(newCallPart(m, now))
		}
	}
	return rec
}
