package account_test

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/account"
)

// whole is an app with no field at its default.
func whole() client.AppSettings {
	return client.AppSettings{
		Name: "login", CodeExpiry: 7,
		PeriodTotalSendLimit: &client.Limit{Enabled: true, Unit: client.UnitHour, Period: 1, Limit: 1000},
		PeriodPhoneSendLimit: &client.Limit{Enabled: true, Unit: client.UnitMinute, Period: 1, Limit: 3},
	}
}

// changes are the differences of a plan, a line each.
func changes(p account.Plan) (lines []string) {
	for _, c := range p.Changes {
		for _, d := range c.Differences {
			lines = append(lines, strings.Join([]string{string(c.Action), c.Kind, c.ID, d.Field, d.From, d.To}, "|"))
		}
	}
	return lines
}

func TestCompareApp(t *testing.T) {
	b := newBundle(t)
	id := b.addApp(t, whole())
	for name, test := range map[string]struct {
		app  string
		want []string
	}{
		"nothing but the id": {"{}", nil},
		"all as it is": {`{name: login, codeExpiry: 7, periodTotalSendLimit: {enabled: true, unit: 2, period: 1, limit: 1000},
			periodPhoneSendLimit: {enabled: true, unit: 3, period: 1, limit: 3}}`, nil},
		"a field":                       {"{codeExpiry: 10}", []string{"update|app|app0001|codeExpiry|7|10"}},
		"a field of a limit":            {"{periodTotalSendLimit: {limit: 50}}", []string{"update|app|app0001|periodTotalSendLimit|1000/1h|50/1h"}},
		"a limit off":                   {"{periodPhoneSendLimit: {enabled: false}}", []string{"update|app|app0001|periodPhoneSendLimit|3/1m|off"}},
		"the same time in another unit": {"{periodPhoneSendLimit: {unit: 4, period: 60}}", []string{"update|app|app0001|periodPhoneSendLimit|3/1m|3/60s"}},
	} {
		t.Run(name, func(t *testing.T) {
			app := strings.Replace(test.app, "{", "{appId: "+id+", ", 1)
			same(t, "changes", changes(b.compare(t, "version: 1\napps: ["+app+"]")), test.want...)
		})
	}
	same(t, "writes", b.writes(), "POST app/add")
}

// A limit that is off is off, whatever else it says.
func TestCompareLimitsThatAreOff(t *testing.T) {
	b := newBundle(t)
	id := b.addApp(t, client.AppSettings{Name: "login", PeriodTotalSendLimit: &client.Limit{Unit: client.UnitDay, Period: 3, Limit: 5}})
	plan := b.compare(t, "version: 1\napps: [{appId: "+id+", periodTotalSendLimit: {enabled: false, limit: 9}, periodPhoneSendLimit: {enabled: false}}]")
	same(t, "changes", changes(plan))
}

func TestCompareTemplatesAndFlowsByName(t *testing.T) {
	b := newBundle(t)
	id := b.addApp(t, whole())
	text, err := b.AddTemplate(t.Context(), id, client.TemplateSettings{Name: "login text", Text: "##code##", SpeechRate: new(0)})
	flow, flowErr := b.AddFlow(t.Context(), client.FlowSettings{Name: "call later", Flow: []client.FlowNode{
		{WaitingTime: 30, Trigger: client.TriggerNotVerified, Channel: "call"}, {WaitingTime: 60, Trigger: client.TriggerFailed, Channel: "sms"},
	}})
	if err != nil || flowErr != nil {
		t.Fatal(err, flowErr)
	}
	b.taken()
	plan := b.compare(t, `
version: 1
templates:
- {name: login text, codeLength: 6, speechRate: 0}
- {name: new text, appId: app0001, text: "##code##"}
flows:
- name: call later
  flow: [{waitingTime: 30, status: 2, channel: call, channelCut: 1}]
- name: new flow
  flow: [{waitingTime: 30, status: 1, channel: sms}]
`)
	same(t, "changes", changes(plan),
		"update|template|"+text.TemplateID+"|codeLength|4|6",
		"create|template||name||new text", "create|template||appId||app0001", "create|template||text||##code##",
		"update|flow|"+flow.FlowID+"|flow[0]|after=30s,on=not-verified,channel=call|after=30s,on=not-verified,channel=call,keep-channel",
		"update|flow|"+flow.FlowID+"|flow[1]|after=60s,on=failed,channel=sms|",
		"create|flow||name||new flow", "create|flow||flow[0]||after=30s,on=failed,channel=sms",
	)
	same(t, "calls", b.taken(), "GET template/list", "GET template/details/1001", "GET app/details/app0001", "GET flow/list", "GET flow/details/2001")

	want := account.Change{
		Kind: account.KindTemplate, Action: account.Update, ID: "1001", Name: "login text", At: "templates[0]",
		Differences: []account.Difference{{Field: "codeLength", From: "4", To: "6"}},
	}
	if diff := cmp.Diff(want, plan.Changes[0], cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".make" }, cmp.Ignore())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// An id needs no list.
func TestCompareByIDListsNothing(t *testing.T) {
	b := newBundle(t)
	id := b.addApp(t, whole())
	text, err := b.AddTemplate(t.Context(), id, client.TemplateSettings{Name: "login text", Text: "##code##"})
	if err != nil {
		t.Fatal(err)
	}
	b.taken()
	b.compare(t, `{version: 1, templates: [{templateId: "`+text.TemplateID+`", codeLength: 6}]}`)
	same(t, "calls", b.taken(), "GET template/details/1001")
	b.compare(t, "version: 1")
	same(t, "calls for nothing", b.taken())
}

func TestCompareFaults(t *testing.T) {
	b := newBundle(t)
	id, other := b.addApp(t, client.AppSettings{Name: "login"}), b.addApp(t, client.AppSettings{Name: "payment"})
	for _, name := range []string{"first text", "second text", "third text"} {
		if _, err := b.AddTemplate(t.Context(), id, client.TemplateSettings{Name: name, Text: "##code##"}); err != nil {
			t.Fatal(err)
		}
	}
	b.taken()
	_, err := account.Compare(t.Context(), b.Client, decode(t, `
version: 1
apps:
- {appId: app0001, periodTotalSendLimit: {enabled: true}, periodPhoneSendLimit: {limit: 4}}
- {appId: nobody, codeExpiry: 9}
- {name: new app, periodTotalSendLimit: {unit: 1, period: 1, limit: 1}}
templates:
- {templateId: "9999", codeLength: 6}
- {templateId: "1001", name: second text}
- {templateId: "1002", appId: `+other+`, name: free text}
- {templateId: "1003", name: third text, appId: app0001}
- {name: new text}
flows:
- {name: new flow}
`))
	invalid, ok := errors.AsType[*account.InvalidError](err)
	if !ok {
		t.Fatal(err)
	}
	same(t, "faults", strings.Split(invalid.Error(), "\n"),
		"apps[0].periodTotalSendLimit.unit: is required to switch the limit on",
		"apps[0].periodTotalSendLimit.period: is required to switch the limit on",
		"apps[0].periodTotalSendLimit.limit: is required to switch the limit on",
		"apps[0].periodPhoneSendLimit.enabled: is false in the account: say true to switch the limit on, or false to leave it off",
		"apps[1]: the provider knows no app nobody: call app/details: refused with status -24",
		"apps[2].periodTotalSendLimit.enabled: is false in the account: say true to switch the limit on, or false to leave it off",
		"templates[0]: the provider knows no template 9999: call template/details: refused with status -24",
		"templates[1].name: is the name of template 1002: if that one is to be renamed, put its entry before this one",
		"templates[2].appId: is app0001 in the account and cannot be changed: make a template of another name",
		"templates[4].appId: is required to make a template", "templates[4].text: is required to make a template",
		"flows[0].flow: is required to make a flow",
	)
	same(t, "writes", b.writes())

	t.Run("two entries for one", func(t *testing.T) {
		_, err := account.Compare(t.Context(), b.Client, decode(t, `
version: 1
templates: [{templateId: "1001", codeLength: 6}, {name: first text, codeLength: 5}]`))
		if _, ok := errors.AsType[*account.InvalidError](err); !ok || err.Error() != "templates[1]: is template 1001, as templates[0] is" {
			t.Error(err)
		}
	})
	t.Run("renamed in order", func(t *testing.T) {
		plan := b.compare(t, `
version: 1
templates: [{templateId: "1002", name: last text}, {templateId: "1001", name: second text}]`)
		same(t, "changes", changes(plan), "update|template|1002|name|second text|last text", "update|template|1001|name|first text|second text")
	})
	t.Run("a file by hand", func(t *testing.T) {
		b.taken()
		_, err := account.Compare(t.Context(), b.Client, account.File{Version: 1, Apps: []account.App{{AppID: id, CodeExpiry: new(61)}}})
		if err == nil || err.Error() != "apps[0].codeExpiry: 61 is outside 1 to 60" {
			t.Error(err)
		}
		same(t, "calls", b.taken())
	})
}

// A call that fails ends it; nothing is taken for a fault of the file.
func TestCompareCallsThatFail(t *testing.T) {
	for call, file := range map[string]string{
		"GET app/details/app0001":   "apps: [{appId: app0001}]",
		"GET template/list":         "templates: [{name: login text}]",
		"GET template/details/1001": `templates: [{templateId: "1001"}]`,
		"GET flow/list":             "flows: [{name: call later}]",
		"GET flow/details/2001":     `flows: [{flowId: "2001"}]`,
	} {
		t.Run(call, func(t *testing.T) {
			b := newBundle(t)
			b.lose = map[string]string{call: "before"}
			plan, err := account.Compare(t.Context(), b.Client, decode(t, "version: 1\n"+file))
			if _, lost := errors.AsType[*client.UnknownError](err); !lost || len(plan.Changes) > 0 {
				t.Errorf("%+v, %v", plan, err)
			}
		})
	}
}

// What the provider answers to an id that it does not know is not documented.
func TestCompareUnknownID(t *testing.T) {
	for answer, unknown := range map[string]bool{
		`{"status":"-24"}`: true, `{"status":"-22"}`: true, "404": true,
		`{"status":"-1"}`: false, `{"status":"-18"}`: false, "403": false, "500": false,
	} {
		b := newBundle(t)
		b.to = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if code, err := strconv.Atoi(answer); err == nil {
				w.WriteHeader(code)
			}
			_, _ = io.WriteString(w, answer)
		})
		_, err := account.Compare(t.Context(), b.Client, decode(t, "version: 1\napps: [{appId: app0001}]"))
		if _, invalid := errors.AsType[*account.InvalidError](err); err == nil || invalid != unknown {
			t.Errorf("%s: %v", answer, err)
		}
	}
}
