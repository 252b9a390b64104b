package account_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/account"
)

const everyField = `
version: 1
apps:
- appId: app0001
  name: login
  codeExpiry: 10
  periodTotalSendLimit: {enabled: true, unit: 2, period: 1, limit: 10000000000}
  periodPhoneSendLimit: {enabled: false}
templates:
- templateId: "1001"
  appId: app0001
  name: login text
  text: "Your code is ##code##"
  codeType: 4
  codeLength: 6
  speechRate: 0
  language: DE
  maxDuration: 30
  repeatCnt: 2
  senderId: ""
flows:
- flowId: "2001"
  name: call later
  flow:
  - {waitingTime: 30, status: 1, channel: sms, channelCut: 1}
  - {waitingTime: 120, status: 2, channel: call}
`

func TestDecodeEveryField(t *testing.T) {
	want := account.File{
		Version: 1,
		Apps: []account.App{{
			AppID: "app0001", Name: new("login"), CodeExpiry: new(10),
			PeriodTotalSendLimit: &account.Limit{
				Enabled: new(true), Unit: new(client.UnitHour), Period: new(1), Limit: new(int64(10_000_000_000)),
			},
			PeriodPhoneSendLimit: &account.Limit{Enabled: new(false)},
		}},
		Templates: []account.Template{{
			TemplateID: "1001", AppID: "app0001", Name: new("login text"), Text: new("Your code is ##code##"),
			CodeType: new(client.CodeHex), CodeLength: new(6), SpeechRate: new(0), Language: new(client.LanguageDE),
			MaxDuration: new(30), RepeatCnt: new(2), SenderID: new(""),
		}},
		Flows: []account.Flow{{
			FlowID: "2001", Name: new("call later"),
			Flow: []client.FlowNode{
				{WaitingTime: 30, Trigger: client.TriggerFailed, Channel: "sms", KeepChannel: true},
				{WaitingTime: 120, Trigger: client.TriggerNotVerified, Channel: "call"},
			},
		}},
	}
	got := decode(t, everyField)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	t.Run("JSON is YAML", func(t *testing.T) {
		if got := decode(t, `{"version": 1, "flows": [{"flowId": "2001"}]}`); got.Flows[0].FlowID != "2001" {
			t.Error(got)
		}
	})
	t.Run("and back", func(t *testing.T) {
		data, err := got.YAML()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, decode(t, string(data))); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// What is left out or empty is nil, and nothing else is.
func TestDecodeLeftOut(t *testing.T) {
	got := decode(t, "version: 1\napps:\n- appId: app0001\n  name:\n  codeExpiry: null\n  periodTotalSendLimit: ~\ntemplates:\nflows: []\n")
	if diff := cmp.Diff(account.File{Version: 1, Apps: []account.App{{AppID: "app0001"}}, Flows: []account.Flow{}}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Each fault is named by its path, all of them at once, and none is reported
// twice.
func TestDecodeFaults(t *testing.T) {
	_, err := account.Decode([]byte(`
version: 2
app: []
apps:
- appId: app/1
  name: abc
  codeExpiry: 61
  periodTotalSendLimit: {enabled: yes please, unit: 5, period: 91, limit: 10000000001, per: day}
  periodPhoneSendLimit: 3/1m
- codeExpiry: 0
- login
templates:
- templateId: 1001
  codeLenght: 5
- name: 1234
- name: login
  text: the code is cut off ##code##
  codeType: 5
  codeLength: 12
  speechRate: 101
  language: NL
  maxDuration: 4
  repeatCnt: 1.5
flows:
- flowId: ""
- name: call
  flow: []
- name: later
  flow:
  - {waitingTime: 30s, status: 3, channel: sna, channelCut: 2}
  - {waitingTime: 29, status: 1, channel: sms, channelCut: 1}
`))
	invalid, ok := errors.AsType[*account.InvalidError](err)
	if !ok {
		t.Fatal(err)
	}
	want := strings.Split(`apps[0].periodTotalSendLimit.enabled: must be true or false
apps[0].periodTotalSendLimit.per: is not known here; known are enabled, unit, period, limit
apps[0].periodPhoneSendLimit: must be a mapping of keys to values
apps[2]: must be a mapping of keys to values
templates[0].templateId: must be a text: put it in quotes
templates[0].codeLenght: is not known here; known are templateId, appId, name, text, codeType, codeLength, speechRate, language, maxDuration, repeatCnt, senderId
templates[1].name: must be a text: put it in quotes
templates[2].repeatCnt: must be a whole number
flows[0].flowId: is empty: leave it out, or give the id
flows[2].flow[0].waitingTime: must be a whole number
flows[2].flow[0].channelCut: must be 0, switch to the channel, or 1, keep the one before
app: is not known here; known are version, apps, templates, flows
version: must be 1
apps[0].appId: must have 4 to 32 characters of A-Z a-z 0-9 _ -
apps[0].name: has 3 characters, must have 4 to 32
apps[0].codeExpiry: 61 is outside 1 to 60
apps[0].periodTotalSendLimit.unit: 5 is outside 1 to 4
apps[0].periodTotalSendLimit.period: 91 is outside 1 to 90
apps[0].periodTotalSendLimit.limit: 10000000001 is outside 1 to 10000000000
apps[1]: needs an appId, or a name to make a new app
apps[1].codeExpiry: 0 is outside 1 to 60
templates[2].text: must contain ##code##; put the text in quotes, or YAML takes it for a comment
templates[2].codeType: 5 is outside 1 to 4
templates[2].codeLength: 12 is outside 4 to 10
templates[2].speechRate: 101 is outside 0 to 100
templates[2].language: must be one of [CN EN VN JP ARB DE IN IT KR RU ES PT IDN BD]
templates[2].maxDuration: 4 is outside 5 to 599
flows[1].flow: has 0 nodes, must have 1 to 120
flows[2].flow[0].status: 3 is outside 1 to 2
flows[2].flow[0].channel: must be sms or call
flows[2].flow[1].waitingTime: 29 is outside 30 to 120`, "\n")
	same(t, "faults", strings.Split(invalid.Error(), "\n"), want...)
}

func TestDecodeDoubles(t *testing.T) {
	_, err := account.Decode([]byte(`
version: 1
apps:
- {appId: app0001, name: login}
- {appId: app0001}
- {name: login}
templates:
- {name: login text}
- {templateId: "1001", name: login text}
- {templateId: "1001"}
flows:
- {flowId: "2001"}
- {flowId: "2001", name: later}
- {name: later}
`))
	same(t, "faults", strings.Split(err.Error(), "\n"),
		"apps[1].appId: stands at apps[0] already", "apps[2].name: stands at apps[0] already",
		"templates[1].name: stands at templates[0] already", "templates[2].templateId: stands at templates[1] already",
		"flows[1].flowId: stands at flows[0] already", "flows[2].name: stands at flows[1] already")
}

// What cannot be read at all.
func TestDecodeUnreadable(t *testing.T) {
	for name, text := range map[string]string{
		"empty":            "",
		"a list":           "- version: 1",
		"a text":           "version",
		"no YAML":          "version: [1",
		"a tab":            "apps:\n\t- appId: app0001",
		"a key twice":      "version: 1\napps: []\napps: []\n",
		"a field twice":    "version: 1\nflows:\n- name: call later\n  name: call sooner\n",
		"two documents":    "version: 1\n---\nversion: 1\napps: [{name: login}]\n",
		"an endless alias": "a: &a [*a]",
		"too long":         "version: 1\n#" + strings.Repeat("x", 4<<20),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := account.Decode([]byte(text))
			invalid, ok := errors.AsType[*account.InvalidError](err)
			if !ok || len(invalid.Faults) != 1 || invalid.Faults[0].Field != "" {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestDecodeDocumentMarker(t *testing.T) {
	for _, text := range []string{
		"---\nversion: 1\n", "# settings\n--- # of the account\nversion: 1\n", "%YAML 1.1\n---\nversion: 1\n",
		"version: 1\ntemplates:\n- name: three lines\n  text: |\n    ---\n    ##code##\n    ---\n",
	} {
		if file := decode(t, text); file.Version != 1 {
			t.Errorf("%q: %+v", text, file)
		}
	}
}
