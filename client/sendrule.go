package client

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/otpworker/otpworker/schema/plain"
	"github.com/otpworker/otpworker/schema/redact"
)

const opSendRule = "sendRule"

// SendRuleRequest asks the provider to send a code that the caller made. The
// ranges are the provider's (provider page: /api/otp/verificationSendRule).
type SendRuleRequest struct {
	// AppID is required, 4 to 32 characters.
	AppID string

	// TemplateID is the message's template. 0 leaves it out.
	TemplateID int64

	// Code is required, 1 to 10 characters.
	Code redact.Code

	// FlowID names a flow of follow-up channels, each message billed. 0 leaves
	// it out.
	FlowID int64

	// To is required: country code and number, 10 to 14 digits, no "+".
	To redact.Phone

	// Channel is sms, call or sna. "" leaves it out, which means sms.
	Channel Channel

	// OrderID is the caller's own id of this send, at most 64 characters and
	// unique. "" leaves it out, and then a lost answer can never be cleared up
	// with RecordByOrderID.
	OrderID string
}

// SendRuleResponse is the provider's word that it took the message. It says
// nothing about delivery.
type SendRuleResponse struct {
	// VerificationID is the message's id: digits as a rule, more of them than
	// 64 bits hold. "" if the answer named none.
	VerificationID string
	To             redact.Phone
	Channel        string

	// SNAURL is set for channel sna only.
	SNAURL string
}

// SendRule sends a code. It writes at most one request, and none once ctx or
// Config.Timeout has run out: a caller sets the code's expiry as ctx's
// deadline. A request that is outside its ranges is an *InvalidRequestError with
// all its faults; else the error is a *NotSentError, *RefusedError,
// *ThrottledError or *UnknownError.
func (c *Client) SendRule(ctx context.Context, r SendRuleRequest) (SendRuleResponse, error) {
	if err := r.check().err(opSendRule); err != nil {
		return SendRuleResponse{}, err
	}
	data, err := c.call(ctx, exchange{op: opSendRule, method: http.MethodPost, url: c.sendRuleURL, body: r.encode()})
	if err != nil {
		return SendRuleResponse{}, err
	}
	return decodeSendRule(data), nil
}

func (r SendRuleRequest) check() (f faults) {
	f.appID(r.AppID)
	f.reference("templateId", r.TemplateID, false)
	f.code(r.Code, 1, 10)
	f.reference("flowId", r.FlowID, false)
	f.phone("to", r.To)
	f.channel(r.Channel)
	f.length("orderId", r.OrderID, 0, 64)
	return f
}

func (r SendRuleRequest) encode() []byte {
	w := plain.Write(make([]byte, 0, 256))
	w.Text("appId", r.AppID)
	w.Some("templateId", r.TemplateID)
	w.Text("code", r.Code.Reveal())
	w.Some("flowId", r.FlowID)
	w.Text("to", r.To.Reveal())
	w.String("channel", r.Channel)
	w.String("orderId", r.OrderID)
	return w.End()
}

// decodeSendRule never fails: the envelope has said "accepted", and an answer
// without a readable id must not turn that into a reason to send again.
func decodeSendRule(data json.RawMessage) SendRuleResponse {
	d, ok := plainSendRule(data)
	if !ok {
		d = sendRuleData{}
		decodeObject(data, &d)
	}
	return SendRuleResponse{
		VerificationID: string(d.VerificationID),
		To:             redact.NewPhone(string(d.To)),
		Channel:        string(d.Channel),
		SNAURL:         string(d.SNAURL),
	}
}

type sendRuleData struct {
	VerificationID text    `json:"verificationId"`
	To             text    `json:"to"`
	Channel        channel `json:"channel"`
	SNAURL         text    `json:"snaUrl"`
}

// plainSendRule decides nothing about an answer that is not plain.
func plainSendRule(data json.RawMessage) (d sendRuleData, ok bool) {
	r := plain.Read(string(data))
	seen := 0
	for name, more := r.Next(); more; name, more = r.Next() {
		bit := 0
		switch name {
		case "verificationId":
			d.VerificationID, bit = text(r.Text()), 1
		case "to":
			d.To, bit = text(r.Text()), 2
		case "channel":
			d.Channel, bit = word(r.Text()), 4
		case "snaUrl":
			d.SNAURL, bit = text(r.Text()), 8
		default:
			pass(&r, name, "verificationId", "to", "channel", "snaUrl")
		}
		once(&r, &seen, bit)
	}
	return d, r.Done()
}
