package client

import (
	"context"
	"strconv"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

const opCodeUsed = "postback/backfill"

// CodeUsed tells the provider that somebody entered a code where the provider
// could not see it (provider page: /api/otp/otpPbStatusReport).
type CodeUsed struct {
	// AppID is required, 4 to 32 characters.
	AppID string

	// VerificationID is required, of the send.
	VerificationID string

	// Number is the phone's: country code and number, 10 to 14 digits. It can
	// be left out.
	Number redact.Phone

	// Time is when the code was entered, required, of the years 2001 to 2286.
	// The page does not say in which unit; it travels in milliseconds, 13
	// digits, as on the twin page of the SMS product.
	Time time.Time
}

// The times whose Unix milliseconds have 13 digits.
const (
	minMillis = 1_000_000_000_000
	maxMillis = 9_999_999_999_999
)

// ReportCodeUsed makes one report. After an *UnknownError it may have arrived;
// whether it counts twice then is not documented. The errors are those of
// SendRule.
func (c *Client) ReportCodeUsed(ctx context.Context, r CodeUsed) error {
	if err := r.check().err(opCodeUsed); err != nil {
		return err
	}
	body := struct {
		AppID          string `json:"appId"`
		VerificationID string `json:"verificationId"`
		Number         string `json:"number,omitempty"`
		Time           string `json:"time"`
	}{r.AppID, r.VerificationID, r.Number.Reveal(), strconv.FormatInt(r.Time.UnixMilli(), 10)}
	_, err := c.post(ctx, opCodeUsed, c.at("postback", "backfill"), body)
	return err
}

func (r CodeUsed) check() (f faults) {
	f.appID(r.AppID)
	f.id("verificationId", r.VerificationID)
	if !r.Number.IsZero() {
		f.phone("number", r.Number)
	}
	if ms := r.Time.UnixMilli(); ms < minMillis || ms > maxMillis {
		f.add("time", "is required, in the years 2001 to 2286")
	}
	return f
}
