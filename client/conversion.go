package client

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"
)

const opConversion = "backfillRate"

// Conversion tells the provider what share of the codes was entered
// (provider page: /api/otp/backfillRate).
type Conversion struct {
	// AppID is required, 4 to 32 characters.
	AppID string

	// MCC is the mobile country code that the figures are about, 3 digits,
	// required.
	MCC string

	// Sent and Verified are how many codes were sent, and how many of them
	// entered (backfillCardinalNumber and backfillNumber). Sent 0 leaves both
	// out.
	Sent, Verified int64

	// Rate is the share in percent, 0 to 100 with two decimals at most
	// (backfillNow): math.Round(100*x)/100 has no more.
	Rate float64

	// Time is when the figures were taken, required (callbackTime, ISO 8601).
	Time time.Time
}

// ReportConversion makes one report. After an *UnknownError it may have
// arrived. The errors are those of SendRule.
func (c *Client) ReportConversion(ctx context.Context, r Conversion) error {
	if err := r.check().err(opConversion); err != nil {
		return err
	}
	body := struct {
		AppID    string `json:"appId"`
		MCC      string `json:"mcc"`
		Verified string `json:"backfillNumber,omitempty"`
		Sent     string `json:"backfillCardinalNumber,omitempty"`
		Rate     string `json:"backfillNow"`
		Time     string `json:"callbackTime"`
	}{AppID: r.AppID, MCC: r.MCC, Rate: percent(r.Rate), Time: r.Time.Format(time.RFC3339)}
	if r.Sent > 0 {
		body.Sent, body.Verified = strconv.FormatInt(r.Sent, 10), strconv.FormatInt(r.Verified, 10)
	}
	_, err := c.post(ctx, opConversion, c.at("backfillRate"), body)
	return err
}

func (r Conversion) check() (f faults) {
	f.appID(r.AppID)
	if len(r.MCC) != 3 || strings.IndexFunc(r.MCC, notDigit) >= 0 {
		f.add("mcc", "must have 3 digits")
	}
	if r.Sent < 0 {
		f.add("backfillCardinalNumber", "must be 0 or more")
	}
	if r.Verified < 0 || r.Verified > max(r.Sent, 0) {
		f.add("backfillNumber", "must be 0 to backfillCardinalNumber")
	}
	if _, decimals, _ := strings.Cut(percent(r.Rate), "."); math.IsNaN(r.Rate) || r.Rate < 0 || r.Rate > 100 || len(decimals) > 2 {
		f.add("backfillNow", "must be 0 to 100 percent with at most two decimals")
	}
	if year := r.Time.Year(); r.Time.IsZero() || year < 1 || year > 9999 {
		f.add("callbackTime", "is required, in the years 1 to 9999")
	}
	return f
}

// percent has the decimals that x has: 10, not 10.00.
func percent(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
