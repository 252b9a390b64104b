package client

import (
	"encoding/json"
	"testing"

	"github.com/otpworker/otpworker/schema/redact"
)

func TestEncodeSendRule(t *testing.T) {
	for _, tc := range []struct {
		name string
		in   SendRuleRequest
		want string
	}{
		{
			"least",
			SendRuleRequest{AppID: "app1", Code: redact.NewCode("1234"), To: redact.NewPhone("8613800138000")},
			`{"appId":"app1","code":"1234","to":"8613800138000"}`,
		},
		{
			"all",
			SendRuleRequest{
				AppID: "app1", TemplateID: 7, Code: redact.NewCode("12"), FlowID: 9,
				To: redact.NewPhone("8613800138000"), Channel: "call", OrderID: "o-1",
			},
			`{"appId":"app1","templateId":7,"code":"12","flowId":9,"to":"8613800138000","channel":"call","orderId":"o-1"}`,
		},
		{
			"escapes",
			SendRuleRequest{AppID: `a"\` + "\n\x00é", Code: redact.NewCode("1"), To: redact.NewPhone("\xff")},
			`{"appId":"a\"\\\n\u0000é","code":"1","to":"\ufffd"}`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := tc.in.encode()
			if string(got) != tc.want || !json.Valid(got) {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestDecodeSendRule(t *testing.T) {
	for _, tc := range []struct{ name, data, id, to, channel, sna string }{
		{"example", `{"verificationId":"22206051443051000003","to":"8613800138000","channel":"sms"}`, "22206051443051000003", "8613800138000", "sms", ""},
		{"id as a number beyond 64 bits", `{"verificationId":22206051443051000003}`, "22206051443051000003", "", "", ""},
		{"sna", `{"verificationId":"1","channel":"SNA","snaUrl":"https://x.invalid/1"}`, "1", "", "sna", "https://x.invalid/1"},
		{"array", ` [{"verificationId":"1"}]`, "1", "", "", ""},
		{"empty array", `[]`, "", "", "", ""},
		{"null", `null`, "", "", "", ""},
		{"absent", ``, "", "", "", ""},
		{"text", `"1"`, "", "", "", ""},
		{"odd types", `{"verificationId":{},"to":[],"channel":"a b","snaUrl":null}`, "", "", "", ""},
		{"one odd field", `{"channel":7,"verificationId":"1"}`, "1", "", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := decodeSendRule(json.RawMessage(tc.data))
			if got.VerificationID != tc.id || got.To.Reveal() != tc.to || got.Channel != tc.channel || got.SNAURL != tc.sna {
				t.Errorf("got %+v", got)
			}
		})
	}
}
