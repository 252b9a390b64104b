package client

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
)

func TestLimitDuration(t *testing.T) {
	for _, tc := range []struct {
		in   Limit
		want time.Duration
	}{
		{Limit{Unit: UnitDay, Period: 90}, 90 * 24 * time.Hour},
		{Limit{Unit: UnitHour, Period: 1}, time.Hour},
		{Limit{Unit: UnitMinute, Period: 2}, 2 * time.Minute},
		{Limit{Unit: UnitSecond, Period: 30}, 30 * time.Second},
		{Limit{Unit: UnitDay}, 0},
		{Limit{Unit: UnitDay, Period: 91}, 0},
		{Limit{Unit: UnitDay, Period: math.MaxInt}, 0},
		{Limit{Unit: UnitDay, Period: -1}, 0},
		{Limit{Unit: 5, Period: 1}, 0},
	} {
		if got := tc.in.Duration(); got != tc.want {
			t.Errorf("%+v lasts %v, want %v", tc.in, got, tc.want)
		}
	}
}

func TestEnumsHaveNames(t *testing.T) {
	for got, want := range map[string]string{
		UnitDay.String(): "day", UnitHour.String(): "hour", UnitMinute.String(): "minute", UnitSecond.String(): "second", PeriodUnit(5).String(): "unit 5",
		CodeNumeric.String(): "numeric", CodeAlpha.String(): "alpha", CodeAlphanumeric.String(): "alphanumeric", CodeHex.String(): "hex", CodeType(0).String(): "code type 0",
		TriggerFailed.String(): "failed", TriggerNotVerified.String(): "not verified", Trigger(3).String(): "trigger 3",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if len(Languages()) != 14 {
		t.Errorf("%d languages", len(Languages()))
	}
}

// TestNodeFromAFile: what a person wrote is read strictly.
func TestNodeFromAFile(t *testing.T) {
	for in, want := range map[string]string{
		`{"waitingTime":30,"status":2,"channel":"sms","channelCut":1}`: "",
		`{"waitingTime":30,"status":2,"channel":"sms"}`:                "",
		`{"channelCut":2}`: "channelCut must be 0, switch the channel, or 1, keep it",
		`{"trigger":1}`:    `unknown field "trigger"`,
		`{"status":"1"}`:   "cannot unmarshal string",
		`[]`:               "cannot unmarshal array",
	} {
		var n FlowNode
		err := json.Unmarshal([]byte(in), &n)
		if want == "" && (err != nil || n.Trigger != TriggerNotVerified) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %+v, %v, want %q", in, n, err, want)
		}
	}
}

// TestJSONNames: settings and what is read carry the provider's names.
func TestJSONNames(t *testing.T) {
	rate := 0
	for want, v := range map[string]any{
		`{"appId":"a","name":"n","codeExpiry":5,"periodTotalSendLimit":{"enabled":true,"unit":3,"period":1,"limit":3},"createTime":"t"}`: App{
			AppID: "a", CreateTime: "t",
			AppSettings: AppSettings{Name: "n", CodeExpiry: 5, PeriodTotalSendLimit: &Limit{Enabled: true, Unit: UnitMinute, Period: 1, Limit: 3}},
		},
		`{"templateId":"1","appId":"a","name":"n","text":"t","codeType":4,"speechRate":0,"language":"CN"}`: Template{
			TemplateID: "1", AppID: "a",
			TemplateSettings: TemplateSettings{Name: "n", Text: "t", CodeType: CodeHex, SpeechRate: &rate, Language: LanguageCN},
		},
		`{"flowId":"1","name":"n","flow":[{"waitingTime":30,"status":1,"channel":"sms","channelCut":1}]}`: Flow{
			FlowID:       "1",
			FlowSettings: FlowSettings{Name: "n", Flow: []FlowNode{{WaitingTime: 30, Trigger: TriggerFailed, Channel: ChannelSMS, KeepChannel: true}}},
		},
		`{"balance":"1","gift":"2","credit":""}`: Balance{Balance: "1", Gift: "2"},
		`{"verificationId":"1","to":"***8000","channel":"sms","matched":2}`: decodeVerification(
			json.RawMessage(`{"verificationId":1,"to":8613800138000,"channel":"sms","matched":2}`)),
		`{"found":true,"state":"sent","matched":-2,"oriReceiver":"***8000","messages":[{"channel":"sms","state":"sent","sms":{"mcc":"460"}}]}`: decodeRecord(
			json.RawMessage(`{"verifications":{"oriReceiver":"8613800138000"},"sms":{"status":0,"mcc":460}}`)),
	} {
		got, err := json.Marshal(v)
		if err != nil || string(got) != want {
			t.Errorf("got  %s\nwant %s (%v)", got, want, err)
		}
	}
}
