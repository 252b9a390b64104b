package client_test

import (
	"context"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema/redact"
)

// endpoint is one method of the client with a good request, and what is
// documented of it.
type endpoint struct {
	name   string // of the file in testdata/recorded too
	method string
	path   string // as called below http://localhost/otp
	body   string
	// refusals are the statuses of the page's table without 0; where the table
	// is not known, those that hold everywhere.
	refusals []client.Status
	call     func(context.Context, *client.Client) (any, error)
}

const phone = "8613800138000"

// at is a time of the provider's examples: in milliseconds 1630468800000.
var at = time.Date(2021, 9, 1, 12, 0, 0, 0, time.FixedZone("", 8*3600))

var (
	anywhere = []client.Status{client.StatusAuthFailed, client.StatusIPRestricted, client.StatusTimestampExpired, client.StatusSystemError}
	reading  = with(anywhere, client.StatusInvalidParameter)
	setting  = with(reading, client.StatusDataExists)
	sending  = with(reading, client.StatusInsufficientBalance, client.StatusRateLookupFailed,
		client.StatusTotalLimit, client.StatusPhoneLimit, client.StatusSensitiveContent)
)

func with(statuses []client.Status, more ...client.Status) []client.Status {
	return append(append([]client.Status{}, statuses...), more...)
}

func allEndpoints() []endpoint {
	all := verificationEndpoints()
	all = append(all, appEndpoints()...)
	all = append(all, templateEndpoints()...)
	all = append(all, flowEndpoints()...)
	return append(all, otherEndpoints()...)
}

func verificationEndpoints() []endpoint {
	return []endpoint{
		{
			"sendRule", "POST", "/otp/verification/sendRule",
			`{"appId":"app1","templateId":7,"code":"739154","flowId":9,"to":"8613800138000","channel":"call","orderId":"o-1"}`, sending,
			func(ctx context.Context, c *client.Client) (any, error) {
				return c.SendRule(ctx, client.SendRuleRequest{
					AppID: "app1", TemplateID: 7, Code: redact.NewCode("739154"), FlowID: 9,
					To: redact.NewPhone(phone), Channel: client.ChannelCall, OrderID: "o-1",
				})
			},
		},
		{
			"send", "POST", "/otp/verification/send",
			`{"appId":"app1","templateId":7,"flowId":9,"to":"8613800138000","channel":"sms","orderId":"o-1"}`, sending,
			func(ctx context.Context, c *client.Client) (any, error) {
				return c.Send(ctx, client.SendRequest{
					AppID: "app1", TemplateID: 7, FlowID: 9,
					To: redact.NewPhone(phone), Channel: client.ChannelSMS, OrderID: "o-1",
				})
			},
		},
		{
			"resend", "POST", "/otp/verification/resend",
			`{"verificationId":"22206051443051000003","channel":"call"}`, sending,
			func(ctx context.Context, c *client.Client) (any, error) {
				return c.Resend(ctx, client.ResendRequest{VerificationID: "22206051443051000003", Channel: client.ChannelCall})
			},
		},
		{
			"verify", "POST", "/otp/verification/verify",
			`{"verificationId":"22206051443051000003","code":"739154"}`, reading,
			func(ctx context.Context, c *client.Client) (any, error) {
				return c.Verify(ctx, client.VerifyRequest{VerificationID: "22206051443051000003", Code: redact.NewCode("739154")})
			},
		},
		{
			"record", "GET", "/otp/verification/record/22206051443051000003", "", anywhere,
			func(ctx context.Context, c *client.Client) (any, error) {
				return c.RecordByVerificationID(ctx, "22206051443051000003")
			},
		},
		{
			"orderId_record", "POST", "/otp/verification/orderId/record", `{"appId":"app1","orderId":"o-1"}`, anywhere,
			func(ctx context.Context, c *client.Client) (any, error) {
				return c.RecordByOrderID(ctx, client.RecordByOrderIDRequest{AppID: "app1", OrderID: "o-1"})
			},
		},
	}
}

var appSettings = client.AppSettings{
	Name: "shop", CodeExpiry: 10,
	PeriodTotalSendLimit: &client.Limit{Enabled: true, Unit: client.UnitDay, Period: 1, Limit: 10_000_000_000},
	PeriodPhoneSendLimit: &client.Limit{},
}

const appSettingsJSON = `"name":"shop","codeExpiry":10,` +
	`"periodTotalSendLimit":{"enabled":true,"unit":1,"period":1,"limit":10000000000},"periodPhoneSendLimit":{"enabled":false}}`

func appEndpoints() []endpoint {
	return []endpoint{
		{
			"app_add", "POST", "/otp/app/add", `{` + appSettingsJSON, setting,
			func(ctx context.Context, c *client.Client) (any, error) { return c.AddApp(ctx, appSettings) },
		},
		{
			"app_update", "PUT", "/otp/app/update/4luxgA9q", `{"appId":"4luxgA9q",` + appSettingsJSON, setting,
			func(ctx context.Context, c *client.Client) (any, error) {
				return c.UpdateApp(ctx, "4luxgA9q", appSettings)
			},
		},
		{
			"app_details", "GET", "/otp/app/details/4luxgA9q", "", setting,
			func(ctx context.Context, c *client.Client) (any, error) { return c.AppDetails(ctx, "4luxgA9q") },
		},
	}
}

var templateSettings = client.TemplateSettings{
	Name: "login", Text: `Your code: ##code## <"5 min">`, CodeType: client.CodeHex, CodeLength: 6,
	SpeechRate: new(0), Language: client.LanguageVN, MaxDuration: 599, RepeatCnt: 2, SenderID: "Shop",
}

const templateSettingsJSON = `"name":"login","text":"Your code: ##code## \u003c\"5 min\"\u003e","codeType":4,"codeLength":6,` +
	`"speechRate":0,"language":"VN","maxDuration":599,"repeatCnt":2,"senderId":"Shop"}`

func templateEndpoints() []endpoint {
	return []endpoint{
		{
			"template_add", "POST", "/otp/template/add", `{"appId":"4luxgA9q",` + templateSettingsJSON, setting,
			func(ctx context.Context, c *client.Client) (any, error) {
				return c.AddTemplate(ctx, "4luxgA9q", templateSettings)
			},
		},
		{
			"template_update", "PUT", "/otp/template/update/23", `{` + templateSettingsJSON, setting,
			func(ctx context.Context, c *client.Client) (any, error) {
				return c.UpdateTemplate(ctx, "23", templateSettings)
			},
		},
		{
			"template_details", "GET", "/otp/template/details/23", "", setting,
			func(ctx context.Context, c *client.Client) (any, error) { return c.TemplateDetails(ctx, "23") },
		},
		{
			"template_list", "GET", "/otp/template/list", "", setting,
			func(ctx context.Context, c *client.Client) (any, error) { return c.ListTemplates(ctx) },
		},
	}
}

var flowSettings = client.FlowSettings{Name: "twice", Flow: []client.FlowNode{
	{WaitingTime: 30, Trigger: client.TriggerFailed, Channel: client.ChannelCall},
	{WaitingTime: 120, Trigger: client.TriggerNotVerified, Channel: client.ChannelSMS, KeepChannel: true},
}}

const flowSettingsJSON = `{"name":"twice","flow":[` +
	`{"waitingTime":30,"status":1,"channel":"call","channelCut":0},{"waitingTime":120,"status":2,"channel":"sms","channelCut":1}]}`

func flowEndpoints() []endpoint {
	return []endpoint{
		{
			"flow_add", "POST", "/otp/flow/add", flowSettingsJSON, setting,
			func(ctx context.Context, c *client.Client) (any, error) { return c.AddFlow(ctx, flowSettings) },
		},
		{
			"flow_update", "PUT", "/otp/flow/update/12", flowSettingsJSON, setting,
			func(ctx context.Context, c *client.Client) (any, error) { return c.UpdateFlow(ctx, "12", flowSettings) },
		},
		{
			"flow_details", "GET", "/otp/flow/details/12", "", reading,
			func(ctx context.Context, c *client.Client) (any, error) { return c.FlowDetails(ctx, "12") },
		},
		{
			"flow_list", "GET", "/otp/flow/list", "", reading,
			func(ctx context.Context, c *client.Client) (any, error) { return c.ListFlows(ctx) },
		},
	}
}

func otherEndpoints() []endpoint {
	return []endpoint{
		{
			"balance", "GET", "/sms/getBalance", "", with(anywhere, client.StatusUserLocked),
			func(ctx context.Context, c *client.Client) (any, error) { return c.Balance(ctx) },
		},
		{
			"postback_backfill", "POST", "/otp/postback/backfill",
			`{"appId":"app1","verificationId":"22206051443051000003","number":"8613800138000","time":"1630468800000"}`, anywhere,
			func(ctx context.Context, c *client.Client) (any, error) {
				return nil, c.ReportCodeUsed(ctx, client.CodeUsed{
					AppID: "app1", VerificationID: "22206051443051000003", Number: redact.NewPhone(phone), Time: at,
				})
			},
		},
		{
			"backfillRate", "POST", "/otp/backfillRate",
			`{"appId":"app1","mcc":"460","backfillNumber":"100","backfillCardinalNumber":"1000","backfillNow":"10","callbackTime":"2021-09-01T12:00:00+08:00"}`, reading,
			func(ctx context.Context, c *client.Client) (any, error) {
				return nil, c.ReportConversion(ctx, client.Conversion{
					AppID: "app1", MCC: "460", Sent: 1000, Verified: 100, Rate: 10, Time: at,
				})
			},
		},
	}
}
