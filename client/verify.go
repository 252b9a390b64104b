package client

import (
	"context"
	"encoding/json"

	"github.com/otpworker/otpworker/schema/redact"
)

const opVerify = "verify"

// VerifyRequest is a code that somebody entered. Both fields are required
// (provider page: /api/otp/verificationVerify).
type VerifyRequest struct {
	// VerificationID is of the answer to the latest Send or Resend.
	VerificationID string

	// Code has 4 to 10 characters. SendRule takes shorter ones, which cannot be
	// verified here.
	Code redact.Code
}

// Verification is what the provider says of a code.
type Verification struct {
	VerificationID string       `json:"verificationId"`
	To             redact.Phone `json:"to"`
	Channel        string       `json:"channel"`
	Verdict        Verdict      `json:"matched"`
}

// Matched reports whether the code was right. It is the only sign of it: an
// answer without an error says only that the provider looked.
func (v Verification) Matched() bool { return v.Verdict == VerdictMatched }

// Verify asks whether a code is right. No error does not mean that it is: see
// Verification.Matched. After an *UnknownError the code may have been used up,
// and asking again may say VerdictAlreadyUsed. The errors are those of
// SendRule.
func (c *Client) Verify(ctx context.Context, r VerifyRequest) (Verification, error) {
	var f faults
	f.id("verificationId", r.VerificationID)
	f.code(r.Code, 4, 10)
	if err := f.err(opVerify); err != nil {
		return Verification{Verdict: VerdictMissing}, err
	}
	body := struct {
		VerificationID string `json:"verificationId"`
		Code           string `json:"code"`
	}{r.VerificationID, r.Code.Reveal()}
	data, err := c.post(ctx, opVerify, c.at("verification", "verify"), body)
	if err != nil {
		return Verification{Verdict: VerdictMissing}, err
	}
	v := decodeVerification(data)
	if err := echoed(opVerify, &v.VerificationID, r.VerificationID); err != nil {
		return Verification{Verdict: VerdictMissing}, err
	}
	return v, nil
}

// decodeVerification never fails: a verdict that cannot be read is missing.
func decodeVerification(data json.RawMessage) Verification {
	v := Verification{Verdict: VerdictMissing}
	f, err := readObject(data)
	if err != nil {
		return v
	}
	v.VerificationID = f.id("verificationId")
	v.To = redact.NewPhone(f.id("to"))
	v.Channel = f.channel("channel")
	v.Verdict = f.verdict("matched")
	return v
}
