package sandbox

import "time"

// verifiedPart is the verification of a record.
type verifiedPart struct {
	Matched      int     `json:"matched"`
	VerifiedDate string  `json:"verifiedDate"`
	OriReceiver  string  `json:"oriReceiver"`
	Channel      string  `json:"channel"`
	OrderID      *string `json:"orderId,omitempty"` // the record by id has it here
}

func newVerifiedPart(v *verification, now time.Time) verifiedPart {
	return verifiedPart{
		Matched: v.matched(now), VerifiedDate: recordTime(v.verifiedAt),
		OriReceiver: v.To.Reveal(), Channel: v.Channel,
	}
}

// Delivery statuses of an SMS, unrelated to the envelope's.
const (
	smsSending = -1
	smsSent    = 0
	smsFailed  = 1
)

// testNetwork is the mobile country and network code of a network that is
// nobody's.
const testNetwork = 1

type smsPart struct {
	SubmitTm  string `json:"submitTm"`
	SendTm    string `json:"sendTm"`
	DoneTm    string `json:"doneTm"`
	MCC       int    `json:"mcc"`
	MNC       int    `json:"mnc"`
	Sender    string `json:"sender"`
	ChargeCnt int    `json:"chargeCnt"`
	Pay       Amount `json:"pay"`
	Status    int    `json:"status"`
	Reason    string `json:"reason"`

	*settlement
}

// settlement stands in records by orderId only.
type settlement struct {
	SettlePay      Amount `json:"settlePay"`
	SettlePrice    Amount `json:"settlePrice"`
	SettleCurrency string `json:"settleCurrency"`
	QuoteExchange  string `json:"quoteExchange"`
}

func newSMSPart(v *verification, m sentMessage, now time.Time) smsPart {
	part := smsPart{
		SubmitTm: recordTime(m.at), SendTm: recordTime(m.at), DoneTm: recordTime(m.doneAt),
		MCC: testNetwork, MNC: testNetwork, Sender: v.template.SenderID, ChargeCnt: 1, Pay: m.price,
	}
	switch m.state(now) {
	case StateSending:
		part.Status, part.DoneTm = smsSending, ""
	case StateSent:
		part.Status = smsSent
	case StateFailed:
		part.Status, part.Reason = smsFailed, "not delivered to "+v.To.Reveal()
	}
	return part
}

// callPart is a call. A call that still rings has no termination code; the
// provider's pages name none for it.
type callPart struct {
	TerminationCode   *int   `json:"terminationCode"`
	TerminationReason string `json:"terminationReason"`
	SubmitTime        string `json:"submitTime"`
	CallTime          string `json:"callTime"`
	RingingTime       string `json:"ringingTime"`
	AnswerTime        string `json:"answerTime"`
	HangupTime        string `json:"hangupTime"`
	CallDuration      int    `json:"callDuration"`
	ChargedDuration   int    `json:"chargedDuration"`
	DisplayNum        string `json:"displayNum"`
	BillPeriod        string `json:"billPeriod"`
	Code              string `json:"code"`
	Rate              Amount `json:"rate"`
	Cost              Amount `json:"cost"`
}

func newCallPart(m sentMessage, now time.Time) callPart {
	part := callPart{
		SubmitTime: recordTime(m.at), CallTime: recordTime(m.at), RingingTime: recordTime(m.at),
		DisplayNum: "10000000000", BillPeriod: "60/60", Code: "test", Rate: m.price, Cost: m.price,
	}
	switch m.state(now) {
	case StateSending:
	case StateSent:
		part.TerminationCode, part.CallDuration, part.ChargedDuration = new(0), 10, 60
		part.AnswerTime, part.HangupTime = recordTime(m.doneAt), recordTime(m.doneAt)
	case StateFailed:
		part.TerminationCode, part.TerminationReason = new(1), "no answer"
		part.HangupTime = recordTime(m.doneAt)
	}
	return part
}

// recordTime is empty for what did not happen.
func recordTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateTime)
}
