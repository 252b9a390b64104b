package sandbox_test

import (
	"testing"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema/redact"
)

// TestCodeUsedCountsAsVerified, for the app it belongs to.
func TestCodeUsedCountsAsVerified(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		id := b.sent(t, request("o"))
		used := client.CodeUsed{AppID: "app2", VerificationID: id, Number: redact.NewPhone(phone), Time: time.Now().AddDate(26, 0, 0)}
		if err := b.client.ReportCodeUsed(t.Context(), used); outcome(err) != "refused 200 -24" {
			t.Errorf("another app: %v", err)
		}
		if got := b.recordByID(t, id).Matched; got != client.VerdictNotVerified {
			t.Errorf("before: %v", got)
		}
		time.Sleep(time.Second)
		used.AppID = "app1"
		for range 2 {
			if err := b.client.ReportCodeUsed(t.Context(), used); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Second)
		}
		if got := b.recordByID(t, id); got.Matched != client.VerdictMatched || got.VerifiedDate != "2000-01-01 00:00:01" {
			t.Errorf("after: %+v", got)
		}
		if got := b.verdict(t, id, "1234"); got != client.VerdictAlreadyUsed {
			t.Errorf("verify: %v", got)
		}
	})
}

func TestPostbackFields(t *testing.T) {
	h := sandbox.New(sandbox.Config{}).Handler()
	status(t, h, post, "/otp/verification/sendRule", `{"appId":"app1","code":"1234","to":"8613800138000"}`)
	const rest = `"appId":"app1","verificationId":"22206051443050000001"`
	for body, want := range map[string]string{
		`{` + rest + `,"time":"1630468800000"}`:                          `{"status":"0","reason":"success"}`,
		`{` + rest + `,"time":"1630468800000","number":"8613800138000"}`: `{"status":"0","reason":"success"}`,
	} {
		if got := text(t, h, post, "/otp/postback/backfill", body); got != want {
			t.Errorf("%s: %s", body, got)
		}
	}
	for _, body := range []string{
		`{` + rest + `}`, `{` + rest + `,"time":"1630468800"}`, `{` + rest + `,"time":1630468800000}`,
		`{` + rest + `,"time":"163046880000x"}`, `{` + rest + `,"time":"1630468800000","number":"+8613800138000"}`,
		`{"appId":"app","verificationId":"22206051443050000001","time":"1630468800000"}`, `{"appId":"app1","time":"1630468800000"}`,
	} {
		if got := status(t, h, post, "/otp/postback/backfill", body); got != "-22" {
			t.Errorf("%s: status %s", body, got)
		}
	}
}

func TestConversion(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		for _, rate := range []float64{0, 10, 33.33, 100} {
			c := client.Conversion{AppID: "app1", MCC: "460", Sent: 1000, Verified: 100, Rate: rate, Time: time.Now()}
			if err := b.client.ReportConversion(t.Context(), c); err != nil {
				t.Errorf("%v: %v", rate, err)
			}
		}
		const rest = `"appId":"app1","callbackTime":"2026-01-02T03:04:05+08:00"`
		for body, want := range map[string]string{
			`{` + rest + `,"mcc":460,"backfillNow":"10"}`:                                                         "0",
			`{` + rest + `,"mcc":"460","backfillNow":"10.05","backfillNumber":"1","backfillCardinalNumber":"10"}`: "0",
			`{` + rest + `,"mcc":"460"}`:                                                                          "-22",
			`{` + rest + `,"backfillNow":"10"}`:                                                                   "-22",
			`{` + rest + `,"mcc":"DE","backfillNow":"10"}`:                                                        "-22",
			`{` + rest + `,"mcc":4.6,"backfillNow":"10"}`:                                                         "-22",
			`{` + rest + `,"mcc":[],"backfillNow":"10"}`:                                                          "-22",
			`{` + rest + `,"mcc":"460","backfillNow":"10.055"}`:                                                   "-22",
			`{` + rest + `,"mcc":"460","backfillNow":"100.01"}`:                                                   "-22",
			`{` + rest + `,"mcc":"460","backfillNow":10}`:                                                         "-22",
			`{` + rest + `,"mcc":"460","backfillNow":"10","backfillNumber":"many"}`:                               "-22",
			`{` + rest + `,"mcc":"460","backfillNow":"10","backfillCardinalNumber":"-1"}`:                         "-22",
			`{"appId":"app1","mcc":"460","backfillNow":"10","callbackTime":"yesterday"}`:                          "-22",
			`{"mcc":"460","backfillNow":"10","callbackTime":"2026-01-02T03:04:05+08:00"}`:                         "-22",
		} {
			if got := status(t, b.Handler(), post, "/otp/backfillRate", body); got != want {
				t.Errorf("%s: status %s, want %s", body, got, want)
			}
		}
	})
}
