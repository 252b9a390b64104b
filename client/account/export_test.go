package account_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/account"
)

// full fills an account: apps with and without a template, every field of a
// template, a flow, and texts that YAML would take for something else.
func full(t *testing.T) bundle {
	t.Helper()
	b := newBundle(t)
	id := b.addApp(t, whole())
	b.addApp(t, client.AppSettings{Name: "no template"})
	b.addApp(t, client.AppSettings{Name: "nobody asks"})
	for _, s := range []client.TemplateSettings{
		{Name: "plain", Text: "##code##"},
		{
			Name: "true", Text: "# one: ##code##\n- \"two\"\t'three' ünïcode 🔑 \x7f \u009b \ufeff <&>", CodeType: client.CodeHex, CodeLength: 10, SpeechRate: new(0),
			Language: client.LanguageIDN, MaxDuration: 599, RepeatCnt: 10, SenderID: "0123",
		},
	} {
		if _, err := b.AddTemplate(t.Context(), id, s); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.AddFlow(t.Context(), client.FlowSettings{Name: "12:30:00", Flow: []client.FlowNode{
		{WaitingTime: 30, Trigger: client.TriggerNotVerified, Channel: "call", KeepChannel: true}, {WaitingTime: 120, Trigger: client.TriggerFailed, Channel: "sms"},
	}}); err != nil {
		t.Fatal(err)
	}
	return b
}

// What is exported has no difference from the account, and says all of it.
func TestExport(t *testing.T) {
	b := full(t)
	file, _, err := account.Export(t.Context(), b.Client, []string{"app0002", "app0002"})
	if err != nil {
		t.Fatal(err)
	}
	data, err := file.YAML()
	if err != nil {
		t.Fatal(err)
	}
	same(t, "differences", changes(b.compare(t, string(data))))
	if diff := cmp.Diff(file, decode(t, string(data))); diff != "" {
		t.Errorf("-exported +decoded:\n%s", diff)
	}
	if len(file.Apps) != 2 || file.Apps[0].AppID != "app0002" || file.Apps[1].AppID != "app0001" || len(file.Templates) != 2 || len(file.Flows) != 1 {
		t.Fatalf("%+v", file)
	}
	want := account.Template{
		TemplateID: "1002", AppID: "app0001", Name: new("true"), Text: new("# one: ##code##\n- \"two\"\t'three' ünïcode 🔑 \x7f \u009b \ufeff <&>"),
		CodeType: new(client.CodeHex), CodeLength: new(10), SpeechRate: new(0), Language: new(client.LanguageIDN),
		MaxDuration: new(599), RepeatCnt: new(10), SenderID: new("0123"),
	}
	if diff := cmp.Diff(want, file.Templates[1]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What the account has outside the ranges is left out and named, and the rest
// can be planned.
func TestExportOutOfRange(t *testing.T) {
	b := newBundle(t)
	answers := map[string]string{
		"GET template/list": `[{"templateId":1,"appId":"app0001","name":"odd","text":"##code##","codeLength":12},{"templateId":"a/b","name":"text"}]`,
		"GET flow/list":     `[{"flowId":7,"name":"later","flow":[{"waitingTime":10,"status":1,"channel":"SMS"}]},{"flowId":8,"name":"call","flow":[{"waitingTime":30,"status":1,"channel":"CALL"}]}]`,
		"GET app/details/app0001": `{"appId":"app0001","name":"login","codeExpiry":90,
			"periodTotalSendLimit":{"enabled":true,"unit":3,"period":99,"limit":5}}`,
		"GET template/details/1": `{"templateId":1,"appId":"app0001","name":"odd","text":"##code##","codeLength":12}`,
		"GET flow/details/7":     `{"flowId":7,"name":"later","flow":[{"waitingTime":10,"status":1,"channel":"SMS"}]}`,
		"GET flow/details/8":     `{"flowId":8,"name":"call","flow":[{"waitingTime":30,"status":1,"channel":"CALL"}]}`,
	}
	b.to = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := answers[r.Method+" "+strings.TrimPrefix(r.URL.Path, "/otp/")]
		if !ok {
			t.Error(r.Method, r.URL)
		}
		_, _ = io.WriteString(w, `{"status":"0","data":`+body+`}`)
	})
	file, left, err := account.Export(t.Context(), b.Client, nil)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, fault := range left {
		lines = append(lines, fault.Field)
	}
	same(t, "left out", lines, "app app0001: codeExpiry", "app app0001: periodTotalSendLimit.period",
		"template 1: name", "template 1: codeLength", "template a/b: templateId", "flow 7: flow[0].waitingTime")
	data, err := file.YAML()
	if err != nil {
		t.Fatal(err)
	}
	same(t, "differences", changes(b.compare(t, string(data))))
	if len(file.Templates) != 1 || len(file.Flows) != 2 || file.Flows[0].Flow != nil || file.Flows[1].Flow[0].Channel != "call" {
		t.Errorf("%+v", file)
	}
}

// A file brings an account back to what it was.
func TestExportAndApplyRestores(t *testing.T) {
	b := full(t)
	file, _, err := account.Export(t.Context(), b.Client, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.UpdateApp(t.Context(), "app0001", client.AppSettings{Name: "changed"}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.UpdateTemplate(t.Context(), "1002", client.TemplateSettings{Name: "changed", Text: "##code##"}); err != nil {
		t.Fatal(err)
	}
	data, err := file.YAML()
	if err != nil {
		t.Fatal(err)
	}
	same(t, "outcomes", b.apply(t, string(data)), "update app app0001 made", "update template 1002 made")
	again, _, err := account.Export(t.Context(), b.Client, nil)
	if diff := cmp.Diff(file, again); err != nil || diff != "" {
		t.Errorf("%v, -before +after:\n%s", err, diff)
	}
}

func TestExportNothing(t *testing.T) {
	b := newBundle(t)
	file, _, err := account.Export(t.Context(), b.Client, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := file.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(account.File{Version: 1}, decode(t, string(data))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Half an account is no export.
func TestExportCallsThatFail(t *testing.T) {
	for _, call := range []string{"GET template/list", "GET app/details/app0001", "GET flow/list"} {
		b := full(t)
		b.lose = map[string]string{call: "before"}
		if file, _, err := account.Export(t.Context(), b.Client, nil); err == nil || file.Version != 0 {
			t.Errorf("%s: %+v, %v", call, file, err)
		}
	}
}
