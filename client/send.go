package client

import (
	"context"

	"github.com/otpworker/otpworker/schema/redact"
)

const opSend = "send"

// SendRequest asks the provider to make a code and send it
// (provider page: /api/otp/verificationSend).
type SendRequest struct {
	// AppID is required, 4 to 32 characters.
	AppID string

	// TemplateID is required: the template says what the code is made of.
	TemplateID int64

	// FlowID names a flow of follow-up channels, each message billed. 0 leaves
	// it out.
	FlowID int64

	// To is required: country code and number, 10 to 14 digits, no "+".
	To redact.Phone

	// Channel is sms, call or sna. "" leaves it out, which means sms.
	Channel Channel

	// OrderID is the caller's own id of this send, at most 64 characters and
	// unique. "" leaves it out.
	OrderID string
}

// Send sends a code that the provider makes and never shows: Verify tells
// whether somebody knows it. A lost answer (*UnknownError) may have sent the
// message, and RecordByOrderID tells so; but the record names no
// VerificationID as a rule, and without one the code cannot be verified. The
// errors are those of SendRule.
func (c *Client) Send(ctx context.Context, r SendRequest) (SendRuleResponse, error) {
	if err := r.check().err(opSend); err != nil {
		return SendRuleResponse{}, err
	}
	body := struct {
		AppID      string `json:"appId"`
		TemplateID int64  `json:"templateId"`
		FlowID     int64  `json:"flowId,omitempty"`
		To         string `json:"to"`
		Channel    string `json:"channel,omitempty"`
		OrderID    string `json:"orderId,omitempty"`
	}{r.AppID, r.TemplateID, r.FlowID, r.To.Reveal(), r.Channel, r.OrderID}
	data, err := c.post(ctx, opSend, c.at("verification", "send"), body)
	if err != nil {
		return SendRuleResponse{}, err
	}
	return decodeSendRule(data), nil
}

func (r SendRequest) check() (f faults) {
	f.appID(r.AppID)
	f.reference("templateId", r.TemplateID, true)
	f.reference("flowId", r.FlowID, false)
	f.phone("to", r.To)
	f.channel(r.Channel)
	f.length("orderId", r.OrderID, 0, 64)
	return f
}
