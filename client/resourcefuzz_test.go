package client

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzResources: nothing that comes in makes a decoder panic, and nothing
// longer than its bound is kept.
func FuzzResources(f *testing.F) {
	for _, seed := range []string{
		`{"appId":"4luxgA9q","name":"test_app","codeExpiry":5,"periodTotalSendLimit":{"unit":1,"period":1,"limit":10000000000,"enabled":true},"createTime":"2022-01-01T00:00:00+08:00"}`,
		`{"appId":12345678,"periodPhoneSendLimit":[],"codeExpiry":"1e1","periodTotalSendLimit":{"enabled":"perhaps","limit":1.0E10}}`,
		`[{"templateId":23,"name":"login","text":"##code##","codeType":"4","speechRate":0,"language":"EN"},null]`,
		`{"total":1,"list":[{"flowId":12,"name":"a","flow":[{"waitingTime":30,"status":1,"channel":"sms","channelCut":0},null]}]}`,
		`{"status":"0","balance":"99.99","gift":1e2,"credit":null}`,
		`{"verificationId":22206051443051000003,"to":8613800138000,"channel":"sms","matched":"0"}`,
		`{"verifications":{"matched":1,"oriReceiver":8613800138000},"sms":[null,{"mcc":460,"pay":"1"}],"call":{"billPeriodstring":60}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) {
			return // the envelope was not JSON: no decoder sees it
		}
		data := json.RawMessage(raw)
		checkApp(t, data)
		checkTemplates(t, data)
		checkFlows(t, data)
		checkVerification(t, data)
		checkRecordBounds(t, data)
		if b, err := decodeBalance(data); err == nil {
			atMost(t, maxID, b.Balance, b.Gift, b.Credit)
		}
		var n FlowNode
		_ = n.UnmarshalJSON(raw)
	})
}

func atMost(t *testing.T, most int, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if len(s) > most {
			t.Errorf("kept a text of %d bytes, bound %d", len(s), most)
		}
	}
}

// checkFault: an error names fields of ours and quotes nothing.
func checkFault(t *testing.T, err error) {
	t.Helper()
	if err != nil && (phoneLike.MatchString(err.Error()) || len(err.Error()) > 8192) {
		t.Errorf("the error may quote the answer: %v", err)
	}
}

func checkApp(t *testing.T, data json.RawMessage) {
	t.Helper()
	app, err := decodeApp(data)
	checkFault(t, err)
	atMost(t, maxID, app.AppID, app.CreateTime)
	atMost(t, maxText, app.Name)
	if limit := app.PeriodTotalSendLimit; limit != nil && limit.Duration() < 0 {
		t.Errorf("a period of %v", limit.Duration())
	}
}

func checkTemplates(t *testing.T, data json.RawMessage) {
	t.Helper()
	templates, err := decodeList(data, "templateId", decodeTemplate, func(t Template) string { return t.TemplateID })
	checkFault(t, err)
	if len(templates) > maxItems {
		t.Errorf("kept %d templates", len(templates))
	}
	for _, template := range templates {
		atMost(t, maxID, template.TemplateID, template.AppID, string(template.Language))
		atMost(t, maxText, template.Name, template.Text, template.SenderID)
	}
}

func checkFlows(t *testing.T, data json.RawMessage) {
	t.Helper()
	flows, err := decodeList(data, "flowId", decodeFlow, func(f Flow) string { return f.FlowID })
	checkFault(t, err)
	for _, flow := range flows {
		atMost(t, maxID, flow.FlowID)
		atMost(t, maxText, flow.Name)
		if len(flow.Flow) > maxNodes {
			t.Errorf("kept %d nodes", len(flow.Flow))
		}
		for _, n := range flow.Flow {
			atMost(t, maxID, n.Channel)
		}
	}
}

func checkVerification(t *testing.T, data json.RawMessage) {
	t.Helper()
	v := decodeVerification(data)
	atMost(t, maxID, v.VerificationID, v.To.Reveal(), v.Channel)
	if v.Matched() && !strings.Contains(string(data), "0") {
		t.Errorf("a match out of %s", data)
	}
}

func checkRecordBounds(t *testing.T, data json.RawMessage) {
	t.Helper()
	rec := decodeRecord(data)
	atMost(t, maxDetail, rec.VerifiedDate, rec.Receiver.Reveal())
	if len(rec.Messages) > maxMessages {
		t.Errorf("kept %d messages", len(rec.Messages))
	}
	for _, m := range rec.Messages {
		if m.SMS != nil {
			atMost(t, maxDetail, m.SMS.Sender, m.SMS.Pay, m.SMS.SubmitTime)
		}
		if m.Call != nil {
			atMost(t, maxDetail, m.Call.Region, m.Call.Cost, m.Call.DisplayNumber.Reveal())
		}
	}
}
