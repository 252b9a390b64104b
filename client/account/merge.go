package account

import "github.com/otpworker/otpworker/client"

// over puts what the file says over what the account has.
func (a App) over(now client.App) client.App {
	set(&now.Name, a.Name)
	set(&now.CodeExpiry, a.CodeExpiry)
	now.PeriodTotalSendLimit = a.PeriodTotalSendLimit.over(now.PeriodTotalSendLimit)
	now.PeriodPhoneSendLimit = a.PeriodPhoneSendLimit.over(now.PeriodPhoneSendLimit)
	return now
}

func (l *Limit) over(now *client.Limit) *client.Limit {
	if l == nil {
		return now
	}
	var merged client.Limit
	if now != nil {
		merged = *now
	}
	set(&merged.Enabled, l.Enabled)
	set(&merged.Unit, l.Unit)
	set(&merged.Period, l.Period)
	set(&merged.Limit, l.Limit)
	return &merged
}

// over leaves the app of a template alone: only a new one gets it.
func (t Template) over(now client.Template) client.Template {
	if now.TemplateID == "" {
		now.AppID = t.AppID
	}
	set(&now.Name, t.Name)
	set(&now.Text, t.Text)
	set(&now.CodeType, t.CodeType)
	set(&now.CodeLength, t.CodeLength)
	if t.SpeechRate != nil {
		now.SpeechRate = t.SpeechRate
	}
	set(&now.Language, t.Language)
	set(&now.MaxDuration, t.MaxDuration)
	set(&now.RepeatCnt, t.RepeatCnt)
	set(&now.SenderID, t.SenderID)
	return now
}

func (w Flow) over(now client.Flow) client.Flow {
	set(&now.Name, w.Name)
	if w.Flow != nil {
		now.Flow = w.Flow
	}
	return now
}

func set[T any](field, wanted *T) {
	if wanted != nil {
		*field = *wanted
	}
}
