package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema/redact"
)

// TestVerdicts: all seven, each for its reason, and what the records say then.
func TestVerdicts(t *testing.T) {
	inBubble(t, sandbox.Config{DeliveryDelay: 10 * time.Second}, func(t *testing.T, b bundle) {
		id := b.sent(t, request("o"))
		check := func(what, code string, verdict, record client.Verdict) {
			t.Helper()
			if got := b.verdict(t, id, code); got != verdict {
				t.Errorf("%s: %v, want %v", what, got, verdict)
			}
			if got := b.recordByID(t, id).Matched; got != record {
				t.Errorf("%s: the record says %v, want %v", what, got, record)
			}
			if got := b.record(t, "o").Matched; got != record {
				t.Errorf("%s: the record of the order says %v, want %v", what, got, record)
			}
		}
		check("being sent", "1234", client.VerdictSending, client.VerdictSending)
		time.Sleep(10 * time.Second)
		check("wrong", "4321", client.VerdictWrongCode, client.VerdictWrongCode)
		check("wrong again", "12345", client.VerdictWrongCode, client.VerdictWrongCode)
		check("right", "1234", client.VerdictMatched, client.VerdictMatched)
		check("twice", "1234", client.VerdictAlreadyUsed, client.VerdictMatched)
		check("wrong, late", "4321", client.VerdictAlreadyUsed, client.VerdictMatched)
		if got := b.recordByID(t, id).VerifiedDate; got != "2000-01-01 00:00:10" {
			t.Errorf("verified at %s", got)
		}
		for _, unknown := range []string{"22206051443050000002", "22206051443050000000", "nobody", "1"} {
			if got := b.verdict(t, unknown, "1234"); got != client.VerdictNoSuchID {
				t.Errorf("%s: %v", unknown, got)
			}
		}
	})
}

// TestNothingToVerify: no code has arrived and none will.
func TestNothingToVerify(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		failed, sna := request("a"), request("b")
		failed.To = redact.NewPhone("15559000001")
		sna.Channel = "sna"
		for _, r := range []client.SendRuleRequest{failed, sna} {
			id := b.sent(t, r)
			if got := b.verdict(t, id, "1234"); got != client.VerdictNotVerified {
				t.Errorf("%s: %v", r.OrderID, got)
			}
		}
	})
}

// TestCodeExpires after the app's time, which is five minutes by default, to
// the moment.
func TestCodeExpires(t *testing.T) {
	for _, minutes := range []int{0, 1, 60} {
		inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
			expiry := 5 * time.Minute
			if minutes > 0 {
				b.limited(t, client.AppSettings{CodeExpiry: minutes})
				expiry = time.Duration(minutes) * time.Minute
			}
			early, late := b.sent(t, request("a")), b.sent(t, request("b"))
			time.Sleep(expiry - time.Nanosecond)
			if got := b.verdict(t, early, "1234"); got != client.VerdictMatched {
				t.Errorf("%v: %v just before", expiry, got)
			}
			time.Sleep(time.Nanosecond)
			if got := b.verdict(t, late, "1234"); got != client.VerdictCodeExpired {
				t.Errorf("%v: %v at the end", expiry, got)
			}
			if got := b.verdict(t, early, "1234"); got != client.VerdictAlreadyUsed {
				t.Errorf("%v: used, then expired: %v", expiry, got)
			}
		})
	}
}

func TestVerifyOnTheWire(t *testing.T) {
	h := sandbox.New(sandbox.Config{}).Handler()
	status(t, h, post, "/otp/verification/sendRule", `{"appId":"app1","code":"1234","to":"8613800138000"}`)
	for body, want := range map[string]string{
		`{"verificationId":"22206051443050000001","code":"4321"}`: `{"verificationId":"22206051443050000001","to":"8613800138000","channel":"sms","matched":2}`,
		`{"verificationId":"9","code":"4321"}`:                    `{"verificationId":"9","to":"","channel":"","matched":3}`,
	} {
		want = `{"status":"0","reason":"success","data":` + want + `}`
		if diff := cmp.Diff(want, text(t, h, post, "/otp/verification/verify", body)); diff != "" {
			t.Error(diff)
		}
	}
	for _, body := range []string{
		`{`, `{}`, `{"verificationId":"9"}`, `{"code":"1234"}`, `{"verificationId":"","code":"1234"}`,
		`{"verificationId":"9","code":"123"}`, `{"verificationId":"9","code":"12345678901"}`, `{"verificationId":"9","code":1234}`,
		`{"verificationId":"` + strings.Repeat("9", 65) + `","code":"1234"}`,
	} {
		if got := status(t, h, post, "/otp/verification/verify", body); got != "-22" {
			t.Errorf("%s: status %s", body, got)
		}
	}
}
