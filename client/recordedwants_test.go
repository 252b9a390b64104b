package client_test

import (
	"maps"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema/redact"
)

// recordedWants is what each answer of testdata/recorded means, by file and
// name in it.
func recordedWants() map[string]any {
	want := verificationWants()
	for _, more := range []map[string]any{recordWants(), appWants(), templateWants(), flowWants()} {
		maps.Copy(want, more)
	}
	want["balance documented"] = client.Balance{Balance: "99.990000", Gift: "50.00000", Credit: "0.0"}
	want["balance loose"] = client.Balance{Balance: "99.990000", Gift: "-1", Credit: "1e2"}
	want["balance nulls"] = client.Balance{Balance: "0"}
	for _, e := range []string{"postback_backfill", "backfillRate"} {
		for _, name := range []string{"documented", "loose", "nulls"} {
			want[e+" "+name] = nil
		}
	}
	return want
}

func verificationWants() map[string]any {
	to := redact.NewPhone(phone)
	const id, next = "22206051443051000003", "22206051443051000004"
	want := map[string]any{
		"resend documented": client.SendRuleResponse{VerificationID: next, To: to, Channel: "call"},
		"resend loose":      client.SendRuleResponse{VerificationID: next, To: to, Channel: "call"},
		"resend nulls":      client.SendRuleResponse{},

		"verify documented": client.Verification{VerificationID: id, To: to, Channel: "sms", Verdict: client.VerdictMatched},
		"verify wrong code": client.Verification{VerificationID: id, To: to, Channel: "sms", Verdict: client.VerdictWrongCode},
		"verify loose":      client.Verification{VerificationID: id, To: to, Channel: "sms", Verdict: client.VerdictCodeExpired},
		"verify nulls":      client.Verification{VerificationID: id, Verdict: client.VerdictMissing},
		"verify as on the English page": client.Verification{
			VerificationID: id, Verdict: client.VerdictMissing,
		},
	}
	for _, e := range []string{"sendRule", "send"} {
		want[e+" documented"] = client.SendRuleResponse{VerificationID: id, To: to, Channel: map[string]string{"sendRule": "call", "send": "sms"}[e]}
		want[e+" sna"] = client.SendRuleResponse{VerificationID: id, To: to, Channel: "sna", SNAURL: "https://sna.example/v/1"}
		want[e+" loose"] = client.SendRuleResponse{VerificationID: id, To: to, Channel: "sms"}
		want[e+" nulls"] = client.SendRuleResponse{}
	}
	return want
}

func recordWants() map[string]any {
	const id = "22206051443051000003"
	to, display := redact.NewPhone(phone), redact.NewPhone("861065529988")
	return map[string]any{
		"record documented": client.Record{
			Found: true, State: client.StateSent, OrderID: "o-1", VerificationID: id, Channel: "sms",
			Matched: client.VerdictMatched, VerifiedDate: "2022-06-05T14:44:10+08:00", Receiver: to,
			Messages: []client.Message{{Channel: "sms", State: client.StateSent, SMS: &client.SMSDetails{
				SubmitTime: "2022-06-05T14:43:05+08:00", SendTime: "2022-06-05T14:43:06+08:00", DoneTime: "2022-06-05T14:43:09+08:00",
				MCC: "460", MNC: "1", Sender: "Shop", ChargeCount: 1, Pay: "0.0045",
			}}},
		},
		"record call": client.Record{
			Found: true, State: client.StateFailed, VerificationID: id, Channel: "call",
			Matched: client.VerdictNotVerified, Receiver: to,
			Messages: []client.Message{{Channel: "call", State: client.StateFailed, Call: &client.CallDetails{
				TerminationCode: new(486), SubmitTime: "2022-06-05T14:43:05+08:00", CallTime: "2022-06-05T14:43:06+08:00",
				RingingTime: "2022-06-05T14:43:09+08:00", HangupTime: "2022-06-05T14:43:20+08:00", CallDuration: 11,
				DisplayNumber: display, BillPeriod: "60+60", Region: "86", Rate: "0.02", Cost: "0",
			}}},
		},
		"record loose": client.Record{
			Found: true, State: client.StateSending, OrderID: "17", VerificationID: id, Channel: "sms",
			Matched: client.VerdictSending, VerifiedDate: "20220605", Receiver: to,
			Messages: []client.Message{{Channel: "sms", State: client.StateSending, SMS: &client.SMSDetails{
				MCC: "460", MNC: "01", ChargeCount: 2, Pay: "0.009",
			}}},
		},
		"record nulls": client.Record{
			Found: true, State: client.StateSending, VerificationID: id, Matched: client.VerdictMissing,
			Messages: []client.Message{{Channel: "sms", State: client.StateSending, SMS: &client.SMSDetails{}}},
		},
		"orderId_record documented": client.Record{
			Found: true, State: client.StateSent, OrderID: "o-1", FlowID: "9", Channel: "sms",
			Matched: client.VerdictNotVerified, Receiver: to,
			Messages: []client.Message{
				{Channel: "sms", State: client.StateFailed, SMS: &client.SMSDetails{
					SubmitTime: "2022-06-05 14:43:05", SendTime: "2022-06-05 14:43:06", DoneTime: "2022-06-05 14:43:09",
					MCC: "460", MNC: "1", Sender: "Shop", ChargeCount: 1, Pay: "0.0045",
					SettlePay: "0.0045", SettlePrice: "0.0045", SettleCurrency: "USD", QuoteExchange: "1",
				}},
				{Channel: "call", State: client.StateSent, Call: &client.CallDetails{
					TerminationCode: new(0), SubmitTime: "2022-06-05 14:44:05", CallTime: "2022-06-05 14:44:06",
					RingingTime: "2022-06-05 14:44:09", AnswerTime: "2022-06-05 14:44:12", HangupTime: "2022-06-05 14:44:30",
					CallDuration: 18, ChargedDuration: 60, DisplayNumber: display, BillPeriod: "60+60",
					Region: "86", Rate: "0.02", Cost: "0.02",
				}},
			},
		},
		"orderId_record loose": client.Record{
			Found: true, State: client.StateSending, OrderID: "o-1", FlowID: "9", Channel: "call",
			Matched: client.VerdictSending, Receiver: to,
			Messages: []client.Message{{Channel: "call", State: client.StateSending, Call: &client.CallDetails{
				CallDuration: 18, ChargedDuration: 60, DisplayNumber: display, BillPeriod: "60", Region: "86", Rate: "0.02", Cost: "0.02",
			}}},
		},
		"orderId_record nulls": client.Record{
			Found: true, State: client.StateSending, OrderID: "o-1", Matched: client.VerdictMissing,
			Messages: []client.Message{{Channel: "call", State: client.StateSending, Call: &client.CallDetails{}}},
		},
	}
}

func appWants() map[string]any {
	documented := client.App{
		AppID: "4luxgA9q", CreateTime: "2022-01-01T00:00:00+08:00",
		AppSettings: client.AppSettings{
			Name: "test_app", CodeExpiry: 5,
			PeriodTotalSendLimit: &client.Limit{Enabled: true, Unit: client.UnitDay, Period: 1, Limit: 10_000_000_000},
			PeriodPhoneSendLimit: &client.Limit{Unit: client.UnitMinute, Period: 90, Limit: 1},
		},
	}
	loose := client.App{
		AppID: "4luxgA9q", CreateTime: "1640966400",
		AppSettings: client.AppSettings{
			Name: "20260101", CodeExpiry: 60,
			PeriodTotalSendLimit: &client.Limit{Enabled: true, Unit: client.UnitHour, Period: 7, Limit: 10_000_000_000},
			PeriodPhoneSendLimit: &client.Limit{Enabled: true, Unit: client.UnitSecond, Period: 30, Limit: 10_000_000_000},
		},
	}
	nulls := client.App{
		AppID:       "4luxgA9q",
		AppSettings: client.AppSettings{Name: "test_app", PeriodPhoneSendLimit: &client.Limit{}},
	}
	want := map[string]any{}
	for _, e := range []string{"app_add", "app_update", "app_details"} {
		want[e+" documented"], want[e+" loose"], want[e+" nulls"] = documented, loose, nulls
	}
	// A new app has the id that its answer gives it, or none.
	loose.AppID, nulls.AppID = "12345678", ""
	want["app_add loose"], want["app_add nulls"] = loose, nulls
	return want
}

func templateWants() map[string]any {
	documented := client.Template{
		TemplateID: "23", AppID: "4luxgA9q",
		TemplateSettings: client.TemplateSettings{
			Name: "login", Text: " ##code## is your verification,expires in 5 minutes! ", CodeType: client.CodeNumeric, CodeLength: 4,
			SpeechRate: new(50), Language: client.LanguageEN, MaxDuration: 59, RepeatCnt: 1, SenderID: "Shop",
		},
	}
	loose := client.Template{
		TemplateID: "23", AppID: "12345678",
		TemplateSettings: client.TemplateSettings{
			Name: "2026", Text: "##code##", CodeType: client.CodeHex, CodeLength: 10,
			SpeechRate: new(0), Language: "XX", MaxDuration: 599, RepeatCnt: 10, SenderID: "10690",
		},
	}
	nulls := client.Template{TemplateID: "23", TemplateSettings: client.TemplateSettings{Name: "login", Text: "##code##"}}
	want := map[string]any{}
	for _, e := range []string{"template_add", "template_update", "template_details"} {
		want[e+" documented"], want[e+" loose"], want[e+" nulls"] = documented, loose, nulls
	}
	want["template_list documented"] = []client.Template{documented}
	want["template_list loose"] = []client.Template{loose}
	want["template_list nulls"] = []client.Template{nulls}
	want["template_list none"] = []client.Template{}
	want["template_list two"] = []client.Template{
		{TemplateID: "23", AppID: "4luxgA9q", TemplateSettings: client.TemplateSettings{Name: "login", Text: "##code##"}},
		{TemplateID: "24", AppID: "4luxgA9q", TemplateSettings: client.TemplateSettings{Name: "reset", Text: "##code##", SpeechRate: new(0)}},
	}
	return want
}

func flowWants() map[string]any {
	nodes := []client.FlowNode{
		{WaitingTime: 30, Trigger: client.TriggerFailed, Channel: client.ChannelSMS},
		{WaitingTime: 120, Trigger: client.TriggerNotVerified, Channel: client.ChannelCall, KeepChannel: true},
	}
	documented := client.Flow{FlowID: "12", FlowSettings: client.FlowSettings{Name: "twice", Flow: nodes}}
	loose := client.Flow{FlowID: "12", FlowSettings: client.FlowSettings{Name: "2026", Flow: nodes}}
	nulls := client.Flow{FlowID: "12", FlowSettings: client.FlowSettings{Name: "twice", Flow: []client.FlowNode{
		{WaitingTime: 30, Trigger: client.TriggerNotVerified, Channel: client.ChannelCall},
	}}}
	want := map[string]any{}
	for _, e := range []string{"flow_add", "flow_update", "flow_details"} {
		want[e+" documented"], want[e+" loose"], want[e+" nulls"] = documented, loose, nulls
	}
	want["flow_list documented"] = []client.Flow{documented}
	want["flow_list loose"] = []client.Flow{loose}
	want["flow_list nulls"] = []client.Flow{nulls}
	want["flow_list none"] = []client.Flow{}
	return want
}
