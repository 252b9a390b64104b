package client

import "github.com/otpworker/otpworker/schema/redact"

// Message is one SMS or call of a Record.
type Message struct {
	Channel string `json:"channel"`
	State   State  `json:"state"`

	// SMS is set for channel sms, Call for channel call.
	SMS  *SMSDetails  `json:"sms,omitempty"`
	Call *CallDetails `json:"call,omitempty"`
}

// SMSDetails is what the provider tells of a text message. Times are its texts,
// in a format that is not documented; amounts are in the account's currency.
// What it left out is "" or 0. Its reason is never read: it may quote the
// number.
type SMSDetails struct {
	SubmitTime  string `json:"submitTm,omitempty"`
	SendTime    string `json:"sendTm,omitempty"`
	DoneTime    string `json:"doneTm,omitempty"`
	MCC         string `json:"mcc,omitempty"` // mobile country code
	MNC         string `json:"mnc,omitempty"` // mobile network code
	Sender      string `json:"sender,omitempty"`
	ChargeCount int    `json:"chargeCnt,omitempty"` // parts that are billed
	Pay         string `json:"pay,omitempty"`       // cost of all parts

	// The settlement is on one copy of the provider's page only.
	SettlePay      string `json:"settlePay,omitempty"`
	SettlePrice    string `json:"settlePrice,omitempty"`
	SettleCurrency string `json:"settleCurrency,omitempty"`
	QuoteExchange  string `json:"quoteExchange,omitempty"`
}

// CallDetails is what the provider tells of a call. Times are its texts, in a
// format that is not documented. What it left out is "" or 0.
type CallDetails struct {
	// TerminationCode is 0 for a call that succeeded; nil if it has not ended.
	TerminationCode *int   `json:"terminationCode,omitempty"`
	SubmitTime      string `json:"submitTime,omitempty"`
	CallTime        string `json:"callTime,omitempty"`
	RingingTime     string `json:"ringingTime,omitempty"`
	AnswerTime      string `json:"answerTime,omitempty"`
	HangupTime      string `json:"hangupTime,omitempty"`

	// CallDuration and ChargedDuration have no unit on the provider's page.
	CallDuration    int `json:"callDuration,omitempty"`
	ChargedDuration int `json:"chargedDuration,omitempty"`

	DisplayNumber redact.Phone `json:"displayNum,omitzero"` // the caller that the phone showed
	BillPeriod    string       `json:"billPeriod,omitempty"`
	Region        string       `json:"code,omitempty"` // region or operator, not the one-time code
	Rate          string       `json:"rate,omitempty"`
	Cost          string       `json:"cost,omitempty"`
}
