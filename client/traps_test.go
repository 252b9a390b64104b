package client_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema/redact"
)

// The contradictions and traps of the provider's pages, one test each; those
// about apps, templates and flows are in settingstraps_test.go.

// asked is a provider that gives one answer and remembers the last request.
type asked struct {
	*client.Client
	method, path, body string
}

func ask(t *testing.T, answer string) *asked {
	t.Helper()
	a := &asked{}
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		a.method, a.path, a.body = r.Method, r.URL.Path, string(body)
		_, _ = io.WriteString(w, answer)
	})
	a.Client = newClient(t, client.Config{BaseURL: url + "/otp"})
	return a
}

func data(s string) string { return `{"status":"0","reason":"success","data":` + s + `}` }

// TestTrapAnEnvelopeIsNoMatch: only matched 0 is a match, and it has to be
// there, as a number or as a text of one.
func TestTrapAnEnvelopeIsNoMatch(t *testing.T) {
	for matched, want := range map[string]client.Verdict{
		`-1`: client.VerdictNotVerified, `0`: client.VerdictMatched, `1`: client.VerdictSending, `2`: client.VerdictWrongCode,
		`3`: client.VerdictNoSuchID, `4`: client.VerdictAlreadyUsed, `5`: client.VerdictCodeExpired,
		`"0"`: client.VerdictMatched, `" 2 "`: client.VerdictWrongCode, `6`: 6,
		`null`: client.VerdictMissing, `""`: client.VerdictMissing, `false`: client.VerdictMissing, `true`: client.VerdictMissing,
		`[]`: client.VerdictMissing, `{}`: client.VerdictMissing, `[0]`: client.VerdictMissing, `0.4`: client.VerdictMissing, `"ok"`: client.VerdictMissing,
	} {
		t.Run(matched, func(t *testing.T) {
			c := ask(t, data(`{"matched":`+matched+`}`))
			got, err := c.Verify(t.Context(), client.VerifyRequest{VerificationID: "1", Code: redact.NewCode("739154")})
			if err != nil || got.Verdict != want || got.Matched() != (want == client.VerdictMatched) {
				t.Errorf("verdict %v, match %v: %v", got.Verdict, got.Matched(), err)
			}
		})
	}
	for _, answer := range []string{`{"status":"0"}`, data(`null`), data(`{}`), data(`[{"matched":2},{"matched":0}]`), data(`{"Matched":0}`), `{"status":"0","matched":0}`} {
		t.Run(answer, func(t *testing.T) {
			got, err := ask(t, answer).Verify(t.Context(), client.VerifyRequest{VerificationID: "1", Code: redact.NewCode("739154")})
			if err != nil || got.Matched() || got.Verdict != client.VerdictMissing {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func TestTrapAFailedVerifyIsNoMatch(t *testing.T) {
	for name, answer := range map[string]string{
		"refused":    `{"status":"-22","data":{"matched":0}}`,
		"another id": data(`{"verificationId":"2","matched":0}`),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ask(t, answer).Verify(t.Context(), client.VerifyRequest{VerificationID: "1", Code: redact.NewCode("739154")})
			if err == nil || got.Matched() {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	got, err := ask(t, "").Verify(t.Context(), client.VerifyRequest{})
	if err == nil || got.Matched() {
		t.Errorf("invalid: %+v, %v", got, err)
	}
}

func TestTrapVerdictsHaveNames(t *testing.T) {
	want := "missing, not verified, matched, sending, wrong code, no such verification id, already used, code expired, verdict 6"
	var names []string
	for v := client.VerdictMissing; v <= 6; v++ {
		names = append(names, v.String())
	}
	if got := strings.Join(names, ", "); got != want {
		t.Errorf("got %s", got)
	}
}

// TestTrapMessagesAsObjectOrArray: one page has objects, the other arrays, and
// both methods take both.
func TestTrapMessagesAsObjectOrArray(t *testing.T) {
	const sms, call = `{"status":0,"pay":"1"}`, `{"terminationCode":0,"cost":"2"}`
	for name, body := range map[string]string{
		"objects": fmt.Sprintf(`{"sms":%s,"call":%s}`, sms, call),
		"arrays":  fmt.Sprintf(`{"sms":[%s],"call":[%s]}`, sms, call),
	} {
		c := ask(t, data(body))
		for method, read := range map[string]func() (client.Record, error){
			"by orderId": func() (client.Record, error) {
				return c.RecordByOrderID(t.Context(), client.RecordByOrderIDRequest{AppID: "app1", OrderID: "o"})
			},
			"by verificationId": func() (client.Record, error) { return c.RecordByVerificationID(t.Context(), "1") },
		} {
			t.Run(name+" "+method, func(t *testing.T) {
				rec, err := read()
				if err != nil || len(rec.Messages) != 2 || rec.Messages[0].SMS.Pay != "1" || rec.Messages[1].Call.Cost != "2" {
					t.Errorf("%+v, %v", rec, err)
				}
			})
		}
	}
}

// TestTrapStatusHasThreeMeanings: of the answer, of a message (any but -1 and 0
// is a failure) and of a flow's node.
func TestTrapStatusHasThreeMeanings(t *testing.T) {
	for status, want := range map[string]client.State{
		"-1": client.StateSending, "0": client.StateSent, "1": client.StateFailed, "2": client.StateFailed, "-28": client.StateFailed,
	} {
		rec, err := ask(t, data(`{"sms":{"status":`+status+`,"reason":"x"}}`)).RecordByVerificationID(t.Context(), "1")
		if err != nil || rec.State != want {
			t.Errorf("message status %s: %+v, %v", status, rec, err)
		}
	}
	flow, err := ask(t, data(`{"flowId":1,"flow":[{"waitingTime":30,"status":1,"channel":"sms"},{"waitingTime":30,"status":2,"channel":"sms"}]}`)).
		FlowDetails(t.Context(), "1")
	if err != nil || flow.Flow[0].Trigger != client.TriggerFailed || flow.Flow[1].Trigger != client.TriggerNotVerified {
		t.Errorf("%+v, %v", flow, err)
	}
}

func TestTrapShortCodesAreSentAndNotVerified(t *testing.T) {
	c := ask(t, data(`{"verificationId":"1"}`))
	if _, err := c.SendRule(t.Context(), client.SendRuleRequest{AppID: "app1", Code: redact.NewCode("123"), To: redact.NewPhone(phone)}); err != nil {
		t.Error(err)
	}
	if _, err := c.Verify(t.Context(), client.VerifyRequest{VerificationID: "1", Code: redact.NewCode("123")}); err == nil {
		t.Error("a code of three characters is verified")
	}
}

// TestTrapRecordByOrderIDNeedsAppID: one copy of the page calls it optional.
// That the record names no verificationId is among the recorded answers.
func TestTrapRecordByOrderIDNeedsAppID(t *testing.T) {
	c := ask(t, data(`{"orderId":"o-1","verifications":{"matched":-1}}`))
	if _, err := c.RecordByOrderID(t.Context(), client.RecordByOrderIDRequest{OrderID: "o-1"}); err == nil {
		t.Error("asked without an appId")
	}
	rec, err := c.RecordByOrderID(t.Context(), client.RecordByOrderIDRequest{AppID: "app1", OrderID: "o-1"})
	if err != nil || !rec.Found || rec.VerificationID != "" || c.body != `{"appId":"app1","orderId":"o-1"}` {
		t.Errorf("%+v, %v, asked %s", rec, err, c.body)
	}
}

func TestTrapUnknownVerificationIDIsNotFound(t *testing.T) {
	for _, answer := range []string{
		`{"status":"-24"}`, `{"status":"-22"}`, data(`null`), data(`{}`), data(`{"verificationId":"1","verifications":{"matched":3}}`),
	} {
		rec, err := ask(t, answer).RecordByVerificationID(t.Context(), "1")
		if err != nil || rec.Found || rec.Matched == client.VerdictMatched {
			t.Errorf("%s: %+v, %v", answer, rec, err)
		}
	}
	if rec, err := ask(t, data(`{"verificationId":"2","sms":{"status":0}}`)).RecordByVerificationID(t.Context(), "1"); err == nil || rec.Found {
		t.Errorf("another id's record: %+v, %v", rec, err)
	}
}

// TestTrapMinus29: what it means hangs on the product, so errors say which call
// it was.
func TestTrapMinus29(t *testing.T) {
	c := ask(t, `{"status":"-29"}`)
	_, ofSend := c.Send(t.Context(), client.SendRequest{AppID: "app1", TemplateID: 1, To: redact.NewPhone(phone)})
	_, ofBalance := c.Balance(t.Context())
	if ofSend.Error() != "call send: refused with status "+client.StatusSensitiveContent || ofBalance.Error() != "call balance: refused with status -29" {
		t.Errorf("%v; %v", ofSend, ofBalance)
	}
}

// TestTrapCallbackPagesAreOurCalls: the provider's callback pages are requests
// to the provider.
func TestTrapCallbackPagesAreOurCalls(t *testing.T) {
	c := ask(t, `{"status":"0"}`)
	for path, call := range map[string]func(context.Context) error{
		"/otp/postback/backfill": func(ctx context.Context) error {
			return c.ReportCodeUsed(ctx, client.CodeUsed{AppID: "app1", VerificationID: "1", Time: at})
		},
		"/otp/backfillRate": func(ctx context.Context) error {
			return c.ReportConversion(ctx, client.Conversion{AppID: "app1", MCC: "460", Rate: 33.33, Time: at})
		},
	} {
		if err := call(t.Context()); err != nil || c.method != http.MethodPost || c.path != path {
			t.Errorf("%s %s: %v", c.method, c.path, err)
		}
	}
}

// TestTrapBigNumbers: a verificationId is beyond 64 bits, an app's limit beyond
// 32.
func TestTrapBigNumbers(t *testing.T) {
	const id = "22206051443051000003"
	c := ask(t, data(`{"verificationId":`+id+`}`))
	if resp, err := c.Resend(t.Context(), client.ResendRequest{VerificationID: id}); err != nil || resp.VerificationID != id || c.body != `{"verificationId":"`+id+`"}` {
		t.Errorf("%+v, %v, asked %s", resp, err, c.body)
	}
	for _, wire := range []string{`10000000000`, `"10000000000"`, `1e10`, `1.0E10`} {
		c = ask(t, data(`{"appId":"app1","periodTotalSendLimit":{"enabled":true,"limit":`+wire+`}}`))
		if app, err := c.AppDetails(t.Context(), "app1"); err != nil || app.PeriodTotalSendLimit.Limit != 10_000_000_000 {
			t.Errorf("%s: %+v, %v", wire, app, err)
		}
	}
}

// TestTrapFormsOfTime: seconds in a request's header, milliseconds in the
// postback, ISO 8601 in the conversion and in createTime, where it stays text.
func TestTrapFormsOfTime(t *testing.T) {
	c := ask(t, data(`{"appId":"app1","createTime":"2022-01-01T00:00:00+08:00"}`))
	when := time.Date(2021, 9, 1, 4, 0, 0, 123_456_789, time.UTC)
	if err := c.ReportCodeUsed(t.Context(), client.CodeUsed{AppID: "app1", VerificationID: "1", Time: when}); err != nil || !strings.Contains(c.body, `"time":"1630468800123"`) {
		t.Errorf("%v: %s", err, c.body)
	}
	if err := c.ReportConversion(t.Context(), client.Conversion{AppID: "app1", MCC: "460", Time: when}); err != nil || !strings.Contains(c.body, `"callbackTime":"2021-09-01T04:00:00Z"`) {
		t.Errorf("%v: %s", err, c.body)
	}
	if app, err := c.AppDetails(t.Context(), "app1"); err != nil || app.CreateTime != "2022-01-01T00:00:00+08:00" {
		t.Errorf("%+v, %v", app, err)
	}
}

// TestTrapRateHasTwoDecimals: and is a percentage in a text.
func TestTrapRateHasTwoDecimals(t *testing.T) {
	c := ask(t, `{"status":"0"}`)
	for rate, want := range map[float64]string{0: "0", 10: "10", 12.5: "12.5", 33.33: "33.33", 99.99: "99.99", 100: "100", 0.01: "0.01"} {
		err := c.ReportConversion(t.Context(), client.Conversion{AppID: "app1", MCC: "460", Rate: rate, Time: at})
		if err != nil || !strings.Contains(c.body, `"backfillNow":"`+want+`"`) {
			t.Errorf("%v: %v: %s", rate, err, c.body)
		}
	}
}
