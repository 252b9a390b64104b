package client_test

import (
	"context"
	"math"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema/redact"
)

type invalidRequest struct {
	name, op string
	want     []string
	call     func(context.Context, *client.Client) error
}

const (
	wantAppID    = "appId: has 3 characters, must have 4 to 32"
	wantID       = "must have 1 to 64 characters of A-Z a-z 0-9 _ -"
	wantNumber   = "must be country code and number, 10 to 14 digits without +"
	wantChannel  = "channel: must be sms, call or sna; leave it out for sms"
	wantPositive = "must be 1 or more"
)

func invalidRequests() []invalidRequest {
	all := append(invalidSends(), invalidSettings()...)
	return append(all, invalidReports()...)
}

// The canaries of checkClean stand in fields where they do not belong.
func invalidSends() []invalidRequest {
	return []invalidRequest{
		{
			"sendRule", "sendRule",
			[]string{
				wantAppID, "templateId: " + wantPositive, "code: must have 1 to 10 characters", "flowId: " + wantPositive,
				"to: " + wantNumber, wantChannel, "orderId: has 65 characters, must have 0 to 64",
			},
			func(ctx context.Context, c *client.Client) error {
				_, err := c.SendRule(ctx, client.SendRuleRequest{
					AppID: word(3), TemplateID: -8613800138000, Code: redact.NewCode("73915473915"), FlowID: -739154,
					To: redact.NewPhone("+8613800138000"), Channel: "8613800138000", OrderID: word(65),
				})
				return err
			},
		},
		{
			"sendRule, nothing", "sendRule",
			[]string{"appId: has 0 characters, must have 4 to 32", "code: must have 1 to 10 characters", "to: " + wantNumber},
			func(ctx context.Context, c *client.Client) error {
				_, err := c.SendRule(ctx, client.SendRuleRequest{})
				return err
			},
		},
		{
			"send", "send",
			[]string{"appId: has 33 characters, must have 4 to 32", "templateId: is required: 1 or more", "to: " + wantNumber},
			func(ctx context.Context, c *client.Client) error {
				_, err := c.Send(ctx, client.SendRequest{AppID: word(33), To: redact.NewPhone("861380013800012")})
				return err
			},
		},
		{
			"resend", "resend", []string{"verificationId: " + wantID, wantChannel},
			func(ctx context.Context, c *client.Client) error {
				_, err := c.Resend(ctx, client.ResendRequest{VerificationID: "8613800138000/../x", Channel: "SMS"})
				return err
			},
		},
		{
			"verify", "verify", []string{"verificationId: " + wantID, "code: must have 4 to 10 characters"},
			func(ctx context.Context, c *client.Client) error {
				_, err := c.Verify(ctx, client.VerifyRequest{Code: redact.NewCode("123")})
				return err
			},
		},
		{
			"record", "record", []string{"verificationId: " + wantID},
			func(ctx context.Context, c *client.Client) error {
				_, err := c.RecordByVerificationID(ctx, "1?x=8613800138000")
				return err
			},
		},
		{
			"record by orderId", "orderId/record", []string{wantAppID, "orderId: has 0 characters, must have 1 to 64"},
			func(ctx context.Context, c *client.Client) error {
				_, err := c.RecordByOrderID(ctx, client.RecordByOrderIDRequest{AppID: "app"})
				return err
			},
		},
	}
}

func invalidReports() []invalidRequest {
	const (
		wantTime  = "time: is required, in the years 2001 to 2286"
		wantYears = "callbackTime: is required, in the years 1 to 9999"
		wantRate  = "backfillNow: must be 0 to 100 percent with at most two decimals"
		wantShare = "backfillNumber: must be 0 to backfillCardinalNumber"
		wantMCC   = "mcc: must have 3 digits"
	)
	conversion := func(name string, r client.Conversion, want ...string) invalidRequest {
		return invalidRequest{name, "backfillRate", want, func(ctx context.Context, c *client.Client) error { return c.ReportConversion(ctx, r) }}
	}
	codeUsed := func(name string, r client.CodeUsed, want ...string) invalidRequest {
		return invalidRequest{name, "postback/backfill", want, func(ctx context.Context, c *client.Client) error { return c.ReportCodeUsed(ctx, r) }}
	}
	return []invalidRequest{
		codeUsed("code used, nothing", client.CodeUsed{}, "appId: has 0 characters, must have 4 to 32", "verificationId: "+wantID, wantTime),
		codeUsed("code used", client.CodeUsed{AppID: word(4), VerificationID: "1", Number: redact.NewPhone("8613800138000x"), Time: time.Unix(1, 0)},
			"number: "+wantNumber, wantTime),
		codeUsed("code used, far off", client.CodeUsed{AppID: word(4), VerificationID: "1", Time: time.Date(2287, 1, 1, 0, 0, 0, 0, time.UTC)}, wantTime),
		conversion("conversion, nothing", client.Conversion{}, "appId: has 0 characters, must have 4 to 32", wantMCC, wantYears),
		conversion("conversion", client.Conversion{AppID: word(4), MCC: "46x", Sent: -1, Verified: 1, Rate: 100.01, Time: at},
			wantMCC, "backfillCardinalNumber: must be 0 or more", wantShare, wantRate),
		conversion("conversion of more than all", client.Conversion{AppID: word(4), MCC: "460", Sent: 1, Verified: 2, Rate: -1, Time: at}, wantShare, wantRate),
		conversion("conversion of a thousandth", client.Conversion{AppID: word(4), MCC: "460", Rate: 33.333, Time: at}, wantRate),
		conversion("conversion of a millionth", client.Conversion{AppID: word(4), MCC: "460", Rate: 0.000001, Time: at}, wantRate),
		conversion("conversion of no number", client.Conversion{AppID: word(4), MCC: "460", Rate: math.NaN(), Time: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)},
			wantRate, wantYears),
	}
}
