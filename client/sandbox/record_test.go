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

func (b bundle) recordOutcome(orderID string) string {
	_, err := b.client.RecordByOrderID(context.Background(), client.RecordByOrderIDRequest{AppID: "app1", OrderID: orderID})
	return outcome(err)
}

func (b bundle) recordByID(t *testing.T, verificationID string) client.Record {
	t.Helper()
	rec, err := b.client.RecordByVerificationID(t.Context(), verificationID)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// TestRecordOnTheWire holds both queries to the provider's pages: lists by
// orderId and no verificationId; objects by verificationId and the orderId
// inside.
func TestRecordOnTheWire(t *testing.T) {
	const (
		byOrder = "/otp/verification/orderId/record"
		sms     = `"submitTm":"2000-01-01 00:00:00","sendTm":"2000-01-01 00:00:00","doneTm":"2000-01-01 00:00:00","mcc":1,"mnc":1,"sender":"","chargeCnt":1,"pay":"0.02","status":0,"reason":""`
		call    = `{"terminationCode":0,"terminationReason":"","submitTime":"2000-01-01 00:00:00","callTime":"2000-01-01 00:00:00","ringingTime":"2000-01-01 00:00:00","answerTime":"2000-01-01 00:00:00","hangupTime":"2000-01-01 00:00:00","callDuration":10,"chargedDuration":60,"displayNum":"10000000000","billPeriod":"60/60","code":"test","rate":"0.02","cost":"0.02"}`
	)
	inBubble(t, sandbox.Config{Price: new(sandbox.Amount(200))}, func(t *testing.T, b bundle) {
		for _, channel := range []string{"sms", "call", "sna"} {
			r := request("o-" + channel)
			r.Channel, r.FlowID = channel, 7
			id := b.sent(t, r)
			parts := map[string][2]string{
				"sms":  {`,"sms":[{` + sms + `,"settlePay":"0.02","settlePrice":"0.02","settleCurrency":"USD","quoteExchange":"1"}]`, `,"sms":{` + sms + `}`},
				"call": {`,"call":[` + call + `]`, `,"call":` + call},
			}[channel]
			verified := `"verifications":{"matched":-1,"verifiedDate":"","oriReceiver":"8613800138000","channel":"` + channel + `"`
			want := `{"status":"0","reason":"success","data":{"orderId":"o-` + channel + `","flowId":7,` + verified + `}` + parts[0] + `}}`
			if diff := cmp.Diff(want, text(t, b.Handler(), post, byOrder, `{"appId":"app1","orderId":"o-`+channel+`"}`)); diff != "" {
				t.Errorf("%s by orderId: %s", channel, diff)
			}
			want = `{"status":"0","reason":"success","data":{"verificationId":"` + id + `",` + verified + `,"orderId":"o-` + channel + `"}` + parts[1] + `}}`
			if diff := cmp.Diff(want, text(t, b.Handler(), get, "/otp/verification/record/"+id, "")); diff != "" {
				t.Errorf("%s by verificationId: %s", channel, diff)
			}
		}
	})
}

func TestRecordCountsEachMessage(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		b.send("o", phone)
		b.send("o", phone)
		if got := b.record(t, "o"); len(got.Messages) != 2 {
			t.Errorf("%+v", got)
		}
	})
}

func TestRecordDelay(t *testing.T) {
	inBubble(t, sandbox.Config{RecordDelay: 10 * time.Second}, func(t *testing.T, b bundle) {
		id := b.sent(t, request("o"))
		time.Sleep(9 * time.Second) // virtual
		if b.record(t, "o").Found || b.recordByID(t, id).Found {
			t.Error("visible too early")
		}
		time.Sleep(time.Second)
		if !b.record(t, "o").Found || !b.recordByID(t, id).Found {
			t.Error("still invisible")
		}
	})
}

func TestUnknownRecord(t *testing.T) {
	for _, answer := range []string{"", "-24", "-22", sandbox.UnknownNull, sandbox.UnknownMatched3} {
		t.Run(answer, func(t *testing.T) {
			inBubble(t, sandbox.Config{UnknownRecord: answer}, func(t *testing.T, b bundle) {
				b.send("o", phone)
				if got := b.record(t, "nobody"); got.Found || got.State != "" {
					t.Errorf("%+v", got)
				}
				for _, id := range []string{"1", "22206051443050000000", "22206051443050000002", "2220605144305-1"} {
					if got := b.recordByID(t, id); got.Found || got.State != "" {
						t.Errorf("%s: %+v", id, got)
					}
				}
				odd := text(t, b.Handler(), get, "/otp/verification/record/2220605144305+000001", "")
				if odd != text(t, b.Handler(), get, "/otp/verification/record/1", "") {
					t.Errorf("an odd spelling of an id: %s", odd)
				}
			})
		})
	}
}

func TestRecordOfAnotherApp(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		b.send("o", phone)
		rec, err := b.client.RecordByOrderID(t.Context(), client.RecordByOrderIDRequest{AppID: "app2", OrderID: "o"})
		if err != nil || rec.Found {
			t.Errorf("%+v, %v", rec, err)
		}
	})
}

func TestRecordIsCheckedToo(t *testing.T) {
	inBubble(t, sandbox.Config{ClockOffset: time.Hour}, func(t *testing.T, b bundle) {
		if got := b.recordOutcome("o"); got != "refused 200 -16" {
			t.Error(got)
		}
		if got := b.recordOutcome("o"); got != "accepted" {
			t.Error(got)
		}
	})
	h := sandbox.New(sandbox.Config{}).Handler()
	for _, body := range []string{`{"appId":"app1","orderId":""}`, `{"orderId":"o"}`, `{`} {
		if got := status(t, h, post, "/otp/verification/orderId/record", body); got != "-22" {
			t.Errorf("%s: status %s", body, got)
		}
	}
	if _, got := ask(t, h, get, "/otp/verification/record/1", "", map[string]string{"Sign": "00"}); got != "-1" {
		t.Errorf("a wrong signature of a GET: status %s", got)
	}
}

// TestDelivery: a message is being sent, then delivered or not, and both
// queries say so.
func TestDelivery(t *testing.T) {
	for _, tc := range []struct {
		name, channel, to string
		want              client.State
	}{
		{"sms", "sms", phone, client.StateSent},
		{"call", "call", phone, client.StateSent},
		{"sms fails", "sms", "15559000001", client.StateFailed},
		{"call fails", "call", "15559000001", client.StateFailed},
		{"sms alone fails", "sms", "15559100001", client.StateFailed},
		{"call does not fail", "call", "15559100001", client.StateSent},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inBubble(t, sandbox.Config{DeliveryDelay: 10 * time.Second}, func(t *testing.T, b bundle) {
				r := request("o")
				r.Channel, r.To = tc.channel, redact.NewPhone(tc.to)
				id := b.sent(t, r)
				check := func(state client.State, matched client.Verdict) {
					t.Helper()
					for _, rec := range []client.Record{b.record(t, "o"), b.recordByID(t, id)} {
						if rec.State != state || rec.Matched != matched || len(rec.Messages) != 1 {
							t.Errorf("%+v, want %s and %v", rec, state, matched)
						}
					}
				}
				time.Sleep(9 * time.Second)
				check(client.StateSending, client.VerdictSending)
				time.Sleep(time.Second)
				check(tc.want, client.VerdictNotVerified)
			})
		})
	}
}
