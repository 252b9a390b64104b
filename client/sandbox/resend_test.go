package sandbox_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema/redact"
)

func (b bundle) resend(verificationID, channel string) (string, error) {
	resp, err := b.client.Resend(context.Background(), client.ResendRequest{VerificationID: verificationID, Channel: channel})
	return resp.VerificationID, err
}

// TestResend sends the same code under a new id and the same order, with a new
// life; the channel is sms if none is named.
func TestResend(t *testing.T) {
	inBubble(t, sandbox.Config{RefuseRepeats: true}, func(t *testing.T, b bundle) {
		r := request("o")
		r.Channel = "call"
		first := b.sent(t, r)
		time.Sleep(4 * time.Minute)
		second, err := b.resend(first, "")
		if err != nil || second == first {
			t.Fatalf("%s after %s, %v", second, first, err)
		}
		if _, err := b.resend(second, "call"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		if got := b.verdict(t, first, "1234"); got != client.VerdictCodeExpired {
			t.Errorf("first: %v", got)
		}
		if got := b.verdict(t, second, "1234"); got != client.VerdictMatched {
			t.Errorf("second: %v", got)
		}
		want := []string{
			"00:00 call sent Your verification code is 1234.",
			"04:00 sms sent Your verification code is 1234.",
			"04:00 call sent Your verification code is 1234.",
		}
		if diff := cmp.Diff(want, b.inbox()); diff != "" {
			t.Error(diff)
		}
		if n := len(b.record(t, "o").Messages); n != 3 {
			t.Errorf("%d messages of the order", n)
		}
		if s := b.Stats(); s.Calls != 3 || s.Accepted != 3 || s.Repeats != 0 || len(b.Sends("o")) != 3 {
			t.Errorf("%+v", s)
		}
	})
}

// TestResendIsASend: limits, balance, test numbers and faults hold for it.
func TestResendIsASend(t *testing.T) {
	inBubble(t, sandbox.Config{Balance: new(sandbox.Amount(300)), Price: new(sandbox.Amount(100))}, func(t *testing.T, b bundle) {
		b.limited(t, client.AppSettings{PeriodTotalSendLimit: limit(2, 1, client.UnitMinute)})
		first := b.sent(t, request("o"))
		for i, want := range []string{"accepted", noTotal} {
			if _, err := b.resend(first, ""); outcome(err) != want {
				t.Errorf("resend %d: %v, want %s", i+1, err, want)
			}
		}
		time.Sleep(time.Minute)
		b.SetFault(sandbox.Fault{Status: "-26", Times: 1})
		for i, want := range []string{"refused 200 -26", "accepted", "refused 200 -10"} {
			if _, err := b.resend(first, ""); outcome(err) != want {
				t.Errorf("resend %d a minute later: %v, want %s", i+1, err, want)
			}
		}
		if s := b.Stats(); s.Refused["-27"] != 1 || s.Refused["-26"] != 1 || s.Refused["-10"] != 1 {
			t.Errorf("%+v", s)
		}
	})
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		r := request("o")
		r.To = redact.NewPhone("15558610001") // -26 once, and accepted all the same
		if _, err := b.client.SendRule(t.Context(), r); outcome(err) != "refused 200 -26" {
			t.Fatal(err)
		}
		id := b.Sends("o")[0].VerificationID
		if _, err := b.resend(id, ""); err != nil {
			t.Errorf("the number holds for one call of the order: %v", err)
		}
	})
}

func TestResendFields(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		id := b.sent(t, request("o"))
		for body, want := range map[string]string{
			`{"verificationId":"` + id + `","channel":null}`:  "0",
			`{"verificationId":"` + id + `","channel":"sna"}`: "0",
			`{"verificationId":"` + id + `","channel":"fax"}`: "-22",
			`{"channel":"sms"}`:       "-22",
			`{"verificationId":1}`:    "-22",
			`{"verificationId":"1"}`:  "-24",
			`{"verificationId":"1"} `: "-24",
			`[]`:                      "-22",
		} {
			if got := status(t, b.Handler(), post, "/otp/verification/resend", body); got != want {
				t.Errorf("%s: status %s, want %s", body, got, want)
			}
		}
	})
}
