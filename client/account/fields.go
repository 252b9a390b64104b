package account

import (
	"fmt"
	"strconv"

	"github.com/otpworker/otpworker/client"
)

// Field is one setting as a person reads it: numbers in the provider's units,
// words for its enumerations. Value is "" for what is not set.
type Field struct{ Name, Value string }

// AppFields are the settings of an app, codeExpiry in minutes.
func AppFields(a client.App) []Field {
	return []Field{
		{"name", a.Name},
		{"codeExpiry", number(a.CodeExpiry)},
		{"periodTotalSendLimit", LimitText(a.PeriodTotalSendLimit)},
		{"periodPhoneSendLimit", LimitText(a.PeriodPhoneSendLimit)},
	}
}

// TemplateFields are the settings of a template, maxDuration in seconds.
func TemplateFields(t client.Template) []Field {
	codeType, speechRate := "", ""
	if t.CodeType != 0 {
		codeType = t.CodeType.String()
	}
	if t.SpeechRate != nil {
		speechRate = strconv.Itoa(*t.SpeechRate)
	}
	return []Field{
		{"name", t.Name},
		{"appId", t.AppID},
		{"text", t.Text},
		{"codeType", codeType},
		{"codeLength", number(t.CodeLength)},
		{"speechRate", speechRate},
		{"language", string(t.Language)},
		{"maxDuration", number(t.MaxDuration)},
		{"repeatCnt", number(t.RepeatCnt)},
		{"senderId", t.SenderID},
	}
}

// FlowFields are the settings of a flow, one for each node.
func FlowFields(w client.Flow) []Field {
	fields := []Field{{"name", w.Name}}
	for i, n := range w.Flow {
		fields = append(fields, Field{fmt.Sprintf("flow[%d]", i), NodeText(n)})
	}
	return fields
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// Difference is one field that is to become another.
type Difference struct {
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
}

// differences lists the fields in the order of after, then what is gone.
func differences(before, after []Field) (all []Difference) {
	from := map[string]string{}
	for _, f := range before {
		from[f.Name] = f.Value
	}
	for _, f := range after {
		if old := from[f.Name]; old != f.Value {
			all = append(all, Difference{f.Name, old, f.Value})
		}
		delete(from, f.Name)
	}
	for _, f := range before {
		if _, gone := from[f.Name]; gone {
			all = append(all, Difference{Field: f.Name, From: f.Value})
		}
	}
	return all
}
