package account

import "github.com/otpworker/otpworker/client"

// Version is the one version of the file.
const Version = 1

// File is the wanted state of some things of an account, under the provider's
// names in YAML and JSON. A nil field is left alone. Things that it does not
// name are left alone too.
type File struct {
	Version   int        `json:"version"`
	Apps      []App      `json:"apps,omitempty"`
	Templates []Template `json:"templates,omitempty"`
	Flows     []Flow     `json:"flows,omitempty"`
}

// App is an app of a file. Ranges are those of client.AppSettings.
type App struct {
	// AppID names the app; "" makes a new one.
	AppID                string  `json:"appId,omitempty"`
	Name                 *string `json:"name,omitempty"`
	CodeExpiry           *int    `json:"codeExpiry,omitempty"` // minutes
	PeriodTotalSendLimit *Limit  `json:"periodTotalSendLimit,omitempty"`
	PeriodPhoneSendLimit *Limit  `json:"periodPhoneSendLimit,omitempty"`
}

// Limit is a limit of an app. Ranges are those of client.Limit.
type Limit struct {
	Enabled *bool              `json:"enabled,omitempty"`
	Unit    *client.PeriodUnit `json:"unit,omitempty"`
	Period  *int               `json:"period,omitempty"`
	Limit   *int64             `json:"limit,omitempty"`
}

// Template is a template of a file. Ranges are those of
// client.TemplateSettings.
type Template struct {
	// TemplateID names the template; "" leaves that to Name.
	TemplateID string `json:"templateId,omitempty"`

	// AppID is the app that a new template is for. An old one stays with its
	// app: another id here is a fault.
	AppID       string           `json:"appId,omitempty"`
	Name        *string          `json:"name,omitempty"`
	Text        *string          `json:"text,omitempty"`
	CodeType    *client.CodeType `json:"codeType,omitempty"`
	CodeLength  *int             `json:"codeLength,omitempty"`
	SpeechRate  *int             `json:"speechRate,omitempty"`
	Language    *client.Language `json:"language,omitempty"`
	MaxDuration *int             `json:"maxDuration,omitempty"` // seconds
	RepeatCnt   *int             `json:"repeatCnt,omitempty"`
	SenderID    *string          `json:"senderId,omitempty"` // "" takes it away
}

// Flow is a flow of a file. Ranges are those of client.FlowSettings.
type Flow struct {
	// FlowID names the flow; "" leaves that to Name.
	FlowID string  `json:"flowId,omitempty"`
	Name   *string `json:"name,omitempty"`

	// Flow replaces all nodes; nil leaves them alone.
	Flow []client.FlowNode `json:"flow,omitempty"`
}
