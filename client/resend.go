package client

import "context"

const opResend = "resend"

// ResendRequest names the send to repeat
// (provider page: /api/otp/verificationResend).
type ResendRequest struct {
	// VerificationID is required, of the send before.
	VerificationID string

	// Channel is sms, call or sna. "" leaves it out, which means sms.
	Channel Channel
}

// Resend sends once more, under a new VerificationID that takes the place of
// the old one. There is no orderId: a lost answer (*UnknownError) may have sent
// the message and cannot be cleared up. Whether there is a pause to keep, or a
// most of repeats, is not documented. The errors are those of SendRule.
func (c *Client) Resend(ctx context.Context, r ResendRequest) (SendRuleResponse, error) {
	var f faults
	f.id("verificationId", r.VerificationID)
	f.channel(r.Channel)
	if err := f.err(opResend); err != nil {
		return SendRuleResponse{}, err
	}
	body := struct {
		VerificationID string `json:"verificationId"`
		Channel        string `json:"channel,omitempty"`
	}{r.VerificationID, r.Channel}
	data, err := c.post(ctx, opResend, c.at("verification", "resend"), body)
	if err != nil {
		return SendRuleResponse{}, err
	}
	return decodeSendRule(data), nil
}
