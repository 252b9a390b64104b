package client

import (
	"encoding/json"
	"slices"
	"strings"
)

// codePlace is where a template's text has the code.
const codePlace = "##code##"

// TemplateSettings is what an account can set of a template, under the
// provider's names in JSON. Zero values are left out and mean the provider's
// default.
type TemplateSettings struct {
	// Name is required, 4 to 32 characters, unique in the account.
	Name string `json:"name"`

	// Text is required, 1 to 256 characters with ##code## among them.
	Text string `json:"text"`

	// CodeType is what codes are made of; numeric by default. It is not their
	// length, though the page of the update says so.
	CodeType CodeType `json:"codeType,omitempty"`

	// CodeLength is 4 to 10 characters; 4 by default.
	CodeLength int `json:"codeLength,omitempty"`

	// SpeechRate is how fast a call is spoken, 0 to 100; nil leaves it out, 50
	// by default.
	SpeechRate *int `json:"speechRate,omitempty"`

	// Language is EN by default.
	Language Language `json:"language,omitempty"`

	// MaxDuration of a call is 5 to 599 seconds; 59 by default.
	MaxDuration int `json:"maxDuration,omitempty"`

	// RepeatCnt is how often a call says its text, 1 to 10; once by default.
	RepeatCnt int `json:"repeatCnt,omitempty"`

	// SenderID is the sender that a phone shows. Its range is not documented.
	SenderID string `json:"senderId,omitempty"`
}

func (s TemplateSettings) check(f *faults) {
	f.name(s.Name)
	f.length("text", s.Text, 1, 256)
	if !strings.Contains(s.Text, codePlace) {
		f.add("text", "must contain "+codePlace)
	}
	f.withinOrUnset("codeType", int64(s.CodeType), int64(CodeNumeric), int64(CodeHex))
	f.withinOrUnset("codeLength", int64(s.CodeLength), 4, 10)
	if s.SpeechRate != nil {
		f.within("speechRate", int64(*s.SpeechRate), 0, 100)
	}
	if s.Language != "" && !slices.Contains(Languages(), s.Language) {
		f.add("language", "must be one of "+joined(Languages()))
	}
	f.withinOrUnset("maxDuration", int64(s.MaxDuration), 5, 599)
	f.withinOrUnset("repeatCnt", int64(s.RepeatCnt), 1, 10)
}

func decodeTemplate(data json.RawMessage) (Template, error) {
	f, err := readObject(data)
	if err != nil {
		return Template{}, err
	}
	template := Template{
		TemplateID: f.id("templateId"),
		AppID:      f.id("appId"),
		TemplateSettings: TemplateSettings{
			Name:        f.text("name"),
			Text:        f.text("text"),
			CodeType:    CodeType(f.integer("codeType")),
			CodeLength:  f.integer("codeLength"),
			Language:    Language(f.id("language")),
			MaxDuration: f.integer("maxDuration"),
			RepeatCnt:   f.integer("repeatCnt"),
			SenderID:    f.text("senderId"),
		},
	}
	if rate, ok := f.number("speechRate"); ok {
		template.SpeechRate = new(int(rate))
	}
	return template, f.err()
}
