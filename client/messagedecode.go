package client

import (
	"cmp"

	"github.com/otpworker/otpworker/schema/redact"
)

// maxDetail bounds a detail of a message: times, amounts, codes of networks.
const maxDetail = 64

// detail is a short text, or a number as it was written. A longer one reads as
// none.
type detail string

func (d *detail) UnmarshalJSON(data []byte) error {
	var t text
	_ = t.UnmarshalJSON(data)
	if len(t) > maxDetail {
		t = ""
	}
	*d = detail(t)
	return nil
}

type sms struct {
	Status         integer `json:"status"`
	SubmitTm       detail  `json:"submitTm"`
	SendTm         detail  `json:"sendTm"`
	DoneTm         detail  `json:"doneTm"`
	MCC            detail  `json:"mcc"`
	MNC            detail  `json:"mnc"`
	Sender         detail  `json:"sender"`
	ChargeCnt      integer `json:"chargeCnt"`
	Pay            detail  `json:"pay"`
	SettlePay      detail  `json:"settlePay"`
	SettlePrice    detail  `json:"settlePrice"`
	SettleCurrency detail  `json:"settleCurrency"`
	QuoteExchange  detail  `json:"quoteExchange"`
}

func (s sms) message() Message {
	return Message{Channel: "sms", State: s.state(), SMS: &SMSDetails{
		SubmitTime: string(s.SubmitTm), SendTime: string(s.SendTm), DoneTime: string(s.DoneTm),
		MCC: string(s.MCC), MNC: string(s.MNC), Sender: string(s.Sender),
		ChargeCount: s.ChargeCnt.n, Pay: string(s.Pay),
		SettlePay: string(s.SettlePay), SettlePrice: string(s.SettlePrice),
		SettleCurrency: string(s.SettleCurrency), QuoteExchange: string(s.QuoteExchange),
	}}
}

// state follows the delivery status, which is not the envelope's: -1 being
// sent, 0 success, 1 failure.
func (s sms) state() State {
	switch {
	case !s.Status.set || s.Status.n == -1:
		return StateSending
	case s.Status.n == 0:
		return StateSent
	}
	return StateFailed
}

type call struct {
	TerminationCode integer `json:"terminationCode"`
	SubmitTime      detail  `json:"submitTime"`
	CallTime        detail  `json:"callTime"`
	RingingTime     detail  `json:"ringingTime"`
	AnswerTime      detail  `json:"answerTime"`
	HangupTime      detail  `json:"hangupTime"`
	CallDuration    integer `json:"callDuration"`
	ChargedDuration integer `json:"chargedDuration"`
	DisplayNum      detail  `json:"displayNum"`
	BillPeriod      detail  `json:"billPeriod"`
	BillPeriodText  detail  `json:"billPeriodstring"` // the page runs name and type together
	Code            detail  `json:"code"`
	Rate            detail  `json:"rate"`
	Cost            detail  `json:"cost"`
}

func (c call) message() Message {
	d := &CallDetails{
		SubmitTime: string(c.SubmitTime), CallTime: string(c.CallTime), RingingTime: string(c.RingingTime),
		AnswerTime: string(c.AnswerTime), HangupTime: string(c.HangupTime),
		CallDuration: c.CallDuration.n, ChargedDuration: c.ChargedDuration.n,
		DisplayNumber: redact.NewPhone(string(c.DisplayNum)),
		BillPeriod:    string(cmp.Or(c.BillPeriod, c.BillPeriodText)),
		Region:        string(c.Code), Rate: string(c.Rate), Cost: string(c.Cost),
	}
	if c.TerminationCode.set {
		d.TerminationCode = &c.TerminationCode.n
	}
	return Message{Channel: "call", State: c.state(), Call: d}
}

func (c call) state() State {
	switch {
	case !c.TerminationCode.set:
		return StateSending
	case c.TerminationCode.n == 0:
		return StateSent
	}
	return StateFailed
}
