package sandbox

import (
	"slices"
	"strings"
)

// codePlace is where a template has the code.
const codePlace = "##code##"

var languages = []string{"CN", "EN", "VN", "JP", "ARB", "DE", "IN", "IT", "KR", "RU", "ES", "PT", "IDN", "BD"}

// template is a template as its answers show it (provider page:
// /api/otp/templateDetails).
type template struct {
	TemplateID  int64  `json:"templateId"`
	AppID       string `json:"appId"`
	Name        string `json:"name"`
	Text        string `json:"text"`
	CodeType    int    `json:"codeType"`
	CodeLength  int    `json:"codeLength"`
	SpeechRate  int    `json:"speechRate"`
	Language    string `json:"language"`
	MaxDuration int    `json:"maxDuration"`
	RepeatCnt   int    `json:"repeatCnt"`
	SenderID    string `json:"senderId"`
}

func (t *template) render(code string) string { return strings.ReplaceAll(t.Text, codePlace, code) }

// plainTemplate stands for none, and for one that was never added.
var plainTemplate = newTemplate(0, "", templateRequest{Text: "Your verification code is " + codePlace + "."})

// templateRequest is the body of add and update (provider pages:
// /api/otp/templateAdd, templateUpdate). An update replaces the whole.
type templateRequest struct {
	AppID       string `json:"appId"`
	Name        string `json:"name"`
	Text        string `json:"text"`
	CodeType    *int   `json:"codeType"`
	CodeLength  *int   `json:"codeLength"`
	SpeechRate  *int   `json:"speechRate"`
	Language    string `json:"language"`
	MaxDuration *int   `json:"maxDuration"`
	RepeatCnt   *int   `json:"repeatCnt"`
	SenderID    string `json:"senderId"`
}

func (r templateRequest) valid() bool {
	return validName(r.Name) && within(r.Text, 1, 256) && strings.Contains(r.Text, codePlace) &&
		inRange(r.CodeType, codeNumeric, codeHex) && inRange(r.CodeLength, 4, 10) && inRange(r.SpeechRate, 0, 100) &&
		(r.Language == "" || slices.Contains(languages, r.Language)) &&
		inRange(r.MaxDuration, 5, 599) && inRange(r.RepeatCnt, 1, 10) && within(r.SenderID, 0, 64)
}

// templateAdd is what add wants beyond an update.
type templateAdd struct{ templateRequest }

func (r templateAdd) valid() bool {
	return r.templateRequest.valid() && validAppID(r.AppID) && r.CodeType != nil
}

func newTemplate(id int64, appID string, r templateRequest) template {
	t := template{
		TemplateID: id, AppID: appID, Name: r.Name, Text: r.Text,
		CodeType: or(r.CodeType, codeNumeric), CodeLength: or(r.CodeLength, 4), SpeechRate: or(r.SpeechRate, 50),
		Language: r.Language, MaxDuration: or(r.MaxDuration, 59), RepeatCnt: or(r.RepeatCnt, 1), SenderID: r.SenderID,
	}
	if t.Language == "" {
		t.Language = "EN"
	}
	return t
}
