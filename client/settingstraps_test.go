package client_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/otpworker/otpworker/client"
)

// The traps of the provider's pages about apps, templates and flows.

func TestTrapFlowUpdateIsAPut(t *testing.T) {
	c := ask(t, data(`{"flowId":12}`))
	if _, err := c.UpdateFlow(t.Context(), "12", flowSettings); err != nil || c.method != http.MethodPut || c.path != "/otp/flow/update/12" {
		t.Errorf("%s %s: %v", c.method, c.path, err)
	}
}

// TestTrapChannelCutIsInverted: 0 means switch.
func TestTrapChannelCutIsInverted(t *testing.T) {
	for wire, keep := range map[string]bool{`0`: false, `1`: true, `null`: false, `"1"`: true} {
		flow, err := ask(t, data(`{"flow":[{"channelCut":`+wire+`}]}`)).FlowDetails(t.Context(), "1")
		if err != nil || flow.Flow[0].KeepChannel != keep {
			t.Errorf("read %s: %+v, %v", wire, flow, err)
		}
	}
	for keep, wire := range map[bool]string{false: `"channelCut":0}`, true: `"channelCut":1}`} {
		out, err := json.Marshal(client.FlowNode{WaitingTime: 30, KeepChannel: keep})
		var back client.FlowNode
		if err != nil || !strings.HasSuffix(string(out), wire) || json.Unmarshal(out, &back) != nil || back.KeepChannel != keep {
			t.Errorf("written %s, read back %+v: %v", out, back, err)
		}
	}
}

// TestTrapCodeTypeIsNoLength: 4 is hexadecimal and not four characters; and
// one page requires the type where the other has a default.
func TestTrapCodeTypeIsNoLength(t *testing.T) {
	c := ask(t, data(`{"templateId":1,"codeType":4,"codeLength":6}`))
	template, err := c.TemplateDetails(t.Context(), "1")
	if err != nil || template.CodeType != client.CodeHex || template.CodeLength != 6 {
		t.Errorf("%+v, %v", template, err)
	}
	least := client.TemplateSettings{Name: "login", Text: "##code##"}
	if _, err := c.AddTemplate(t.Context(), "app1", least); err != nil || c.body != `{"appId":"app1","name":"login","text":"##code##","codeType":1}` {
		t.Errorf("add: %v: %s", err, c.body)
	}
	if _, err := c.UpdateTemplate(t.Context(), "1", least); err != nil || c.body != `{"name":"login","text":"##code##"}` {
		t.Errorf("update: %v: %s", err, c.body)
	}
}

// TestTrapSlowestSpeechIsNotUnset: speechRate 0 is a rate, no speechRate is 50.
func TestTrapSlowestSpeechIsNotUnset(t *testing.T) {
	slow, err := ask(t, data(`{"templateId":1,"speechRate":0}`)).TemplateDetails(t.Context(), "1")
	if err != nil || slow.SpeechRate == nil || *slow.SpeechRate != 0 {
		t.Errorf("%+v, %v", slow, err)
	}
	unset, err := ask(t, data(`{"templateId":1,"speechRate":null}`)).TemplateDetails(t.Context(), "1")
	if err != nil || unset.SpeechRate != nil {
		t.Errorf("%+v, %v", unset, err)
	}
}

// TestTrapListAsAnything: the page calls the list's data an object.
func TestTrapListAsAnything(t *testing.T) {
	const one = `{"templateId":1,"name":"a"}`
	for body, want := range map[string]int{
		one: 1, `[` + one + `,` + one + `]`: 2, `{"total":2,"list":[` + one + `,` + one + `]}`: 2, `[null,` + one + `]`: 1,
		`null`: 0, `[]`: 0, `{}`: 0, `{"total":0,"list":null}`: 0, `{"total":0,"list":[]}`: 0, `""`: 0,
	} {
		if got, err := ask(t, data(body)).ListTemplates(t.Context()); err != nil || len(got) != want {
			t.Errorf("%s: %d templates, %v", body, len(got), err)
		}
	}
	for _, body := range []string{`[7]`, `[{}]`, `[[]]`, `[{"name":"a"}]`, `{"name":"a"}`, `7`, `true`,
		`{"total":25,"list":[` + one + `]}`, `{"list":[` + one + `],"total":"2"}`, `{"totalCount":1,"list":[]}`} {
		if got, err := ask(t, data(body)).ListTemplates(t.Context()); err == nil {
			t.Errorf("%s: %+v", body, got)
		}
	}
}

// TestTrapChannelInCapitals: records have it so at times, so a flow may.
func TestTrapChannelInCapitals(t *testing.T) {
	flow, err := ask(t, data(`{"flowId":1,"flow":[{"waitingTime":30,"status":1,"channel":"SMS"}]}`)).FlowDetails(t.Context(), "1")
	if err != nil || len(flow.Flow) != 1 || flow.Flow[0].Channel != client.ChannelSMS {
		t.Errorf("%+v, %v", flow, err)
	}
}

// TestTrapUnreadableSettings: what was not understood must not be written back,
// so reading it fails, by the name of the field.
func TestTrapUnreadableSettings(t *testing.T) {
	const odd = `{"x":"8613800138000"}`
	for want, call := range map[string]func(c *asked) error{
		"codeExpiry, periodTotalSendLimit.enabled": func(c *asked) error { _, err := c.AppDetails(t.Context(), "app1"); return err },
		"codeType, speechRate":                     func(c *asked) error { _, err := c.TemplateDetails(t.Context(), "1"); return err },
		"flow[0].waitingTime":                      func(c *asked) error { _, err := c.FlowDetails(t.Context(), "1"); return err },
		"flow[1]":                                  func(c *asked) error { _, err := c.ListFlows(t.Context()); return err },
	} {
		body := map[string]string{
			"codeExpiry, periodTotalSendLimit.enabled": `{"codeExpiry":` + odd + `,"periodTotalSendLimit":{"enabled":"perhaps"}}`,
			"codeType, speechRate":                     `{"codeType":1.5,"speechRate":true}`,
			"flow[0].waitingTime":                      `{"flow":[{"waitingTime":"8613800138000x"}]}`,
			"flow[1]":                                  `[{"flowId":1,"flow":[{"status":1},{}]}]`,
		}[want]
		err := call(ask(t, data(body)))
		if err == nil || !strings.HasSuffix(err.Error(), "cannot be read in: "+want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
