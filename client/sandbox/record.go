package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// recordData has the nesting of the provider page
// /api/otp/verificationOrderIdRcd; it names no verificationId.
type recordData struct {
	OrderID       string       `json:"orderId"`
	FlowID        int64        `json:"flowId"`
	Verifications verification `json:"verifications"`
	SMS           []smsRecord  `json:"sms,omitempty"`
	Call          []callRecord `json:"call,omitempty"`
}

type verification struct {
	Matched      int    `json:"matched"`
	VerifiedDate string `json:"verifiedDate"`
	OriReceiver  string `json:"oriReceiver"`
	Channel      string `json:"channel"`
}

type smsRecord struct {
	SubmitTm  string `json:"submitTm"`
	SendTm    string `json:"sendTm"`
	DoneTm    string `json:"doneTm"`
	ChargeCnt int    `json:"chargeCnt"`
	Pay       string `json:"pay"`
	Status    int    `json:"status"`
	Reason    string `json:"reason"`
}

type callRecord struct {
	SubmitTime      string `json:"submitTime"`
	TerminationCode int    `json:"terminationCode"`
}

func (s *Sandbox) record(w http.ResponseWriter, r *http.Request) {
	defer s.begin(&s.stats.records)()
	var req recordRequest
	if status := s.read(r, &req); status != statusOK {
		refuse(w, status, "")
		return
	}
	fault := s.recordFault()
	body := s.recordBody(req)
	if !s.wait(r, s.cfg.Latency+fault.Latency) {
		panic(http.ErrAbortHandler)
	}
	switch {
	case s.misbehave(w, r, fault, body):
	case fault.Status != "":
		refuse(w, fault.Status, "")
	case body == nil:
		refuse(w, s.cfg.UnknownRecord, "")
	default:
		writeJSON(w, body)
	}
}

// recordBody returns nil if the answer is the status Config.UnknownRecord.
func (s *Sandbox) recordBody(req recordRequest) []byte {
	if sends := s.visible(req); len(sends) > 0 {
		data, err := json.Marshal(describe(sends))
		if err != nil { // texts and integers always marshal
			return nil
		}
		return fmt.Appendf(nil, `{"status":"0","reason":"success","data":%s}`, data)
	}
	switch s.cfg.UnknownRecord {
	case UnknownNull:
		return []byte(`{"status":"0","reason":"success","data":null}`)
	case UnknownMatched3:
		return []byte(`{"status":"0","reason":"success","data":{"verifications":{"matched":3}}}`)
	}
	return nil
}

// visible returns the sends of an orderId that a query may see by now.
func (s *Sandbox) visible(req recordRequest) []Send {
	now := time.Now()
	var found []Send
	for _, sent := range s.Sends(req.OrderID) {
		if sent.AppID == req.AppID && !now.Before(sent.At.Add(s.cfg.RecordDelay)) {
			found = append(found, sent)
		}
	}
	return found
}

func describe(sends []Send) recordData {
	first := sends[0]
	d := recordData{
		OrderID: first.OrderID,
		FlowID:  first.FlowID,
		Verifications: verification{
			Matched: -1, OriReceiver: first.To.Reveal(), Channel: first.Channel,
		},
	}
	for _, sent := range sends {
		at := sent.At.UTC().Format(time.DateTime)
		switch sent.Channel {
		case "sms":
			d.SMS = append(d.SMS, smsRecord{SubmitTm: at, SendTm: at, DoneTm: at, ChargeCnt: 1, Pay: "0"})
		case "call":
			d.Call = append(d.Call, callRecord{SubmitTime: at})
		}
	}
	return d
}
