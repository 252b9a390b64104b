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

func TestRecord(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		for _, channel := range []string{"", "sms", "call", "sna"} {
			resp, err := b.client.SendRule(t.Context(), client.SendRuleRequest{
				AppID: "app1", FlowID: 7, Code: redact.NewCode("1234"), To: redact.NewPhone(phone), Channel: channel, OrderID: "o-" + channel,
			})
			if err != nil || resp.To.Reveal() != phone || (resp.SNAURL != "") != (channel == "sna") {
				t.Fatalf("%+v, %v", resp, err)
			}
		}
		sms := client.Record{
			Found: true, State: client.StateSent, OrderID: "o-", FlowID: "7", Channel: "sms",
			Matched: client.MatchedNotVerified, Messages: []client.Message{{Channel: "sms", State: client.StateSent}},
		}
		if diff := cmp.Diff(sms, b.record(t, "o-")); diff != "" {
			t.Error(diff)
		}
		if got := b.record(t, "o-call"); len(got.Messages) != 1 || got.Messages[0].Channel != "call" {
			t.Errorf("%+v", got)
		}
		if got := b.record(t, "o-sna"); !got.Found || got.Channel != "sna" || got.State != client.StateSending {
			t.Errorf("%+v", got)
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
		b.send("o", phone)
		time.Sleep(9 * time.Second) // virtual
		if b.record(t, "o").Found {
			t.Error("visible too early")
		}
		time.Sleep(time.Second)
		if !b.record(t, "o").Found {
			t.Error("still invisible")
		}
	})
}

func TestUnknownRecord(t *testing.T) {
	for _, answer := range []string{"", "-24", "-22", sandbox.UnknownNull, sandbox.UnknownMatched3} {
		t.Run(answer, func(t *testing.T) {
			inBubble(t, sandbox.Config{UnknownRecord: answer}, func(t *testing.T, b bundle) {
				if got := b.record(t, "nobody"); got.Found || got.State != "" {
					t.Errorf("%+v", got)
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
}
