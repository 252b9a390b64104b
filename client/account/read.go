package account

import "github.com/otpworker/otpworker/client"

func readFile(top any, f *faults) (file File) {
	o, ok := asObject(top, "", f)
	if !ok {
		return File{}
	}
	if version := whole[int](o, "version"); version != nil {
		file.Version = *version
	}
	file.Apps = each(o, "apps", readApp)
	file.Templates = each(o, "templates", readTemplate)
	file.Flows = each(o, "flows", readFlow)
	o.end()
	return file
}

func readApp(o object) App {
	return App{
		AppID:                o.id("appId"),
		Name:                 o.text("name"),
		CodeExpiry:           whole[int](o, "codeExpiry"),
		PeriodTotalSendLimit: readLimit(o, "periodTotalSendLimit"),
		PeriodPhoneSendLimit: readLimit(o, "periodPhoneSendLimit"),
	}
}

func readLimit(o object, key string) *Limit {
	inner, ok := o.within(key)
	if !ok {
		return nil
	}
	defer inner.end()
	return &Limit{
		Enabled: inner.flag("enabled"),
		Unit:    whole[client.PeriodUnit](inner, "unit"),
		Period:  whole[int](inner, "period"),
		Limit:   whole[int64](inner, "limit"),
	}
}

func readTemplate(o object) Template {
	return Template{
		TemplateID:  o.id("templateId"),
		AppID:       o.id("appId"),
		Name:        o.text("name"),
		Text:        o.text("text"),
		CodeType:    whole[client.CodeType](o, "codeType"),
		CodeLength:  whole[int](o, "codeLength"),
		SpeechRate:  whole[int](o, "speechRate"),
		Language:    (*client.Language)(o.text("language")),
		MaxDuration: whole[int](o, "maxDuration"),
		RepeatCnt:   whole[int](o, "repeatCnt"),
		SenderID:    o.text("senderId"),
	}
}

func readFlow(o object) Flow {
	return Flow{
		FlowID: o.id("flowId"),
		Name:   o.text("name"),
		Flow:   each(o, "flow", readNode),
	}
}

func readNode(o object) client.FlowNode {
	node := client.FlowNode{
		WaitingTime: value(whole[int](o, "waitingTime")),
		Trigger:     value(whole[client.Trigger](o, "status")),
		Channel:     value(o.text("channel")),
	}
	switch value(whole[int](o, "channelCut")) {
	case 0:
	case 1:
		node.KeepChannel = true
	default:
		o.wrong("channelCut", "must be 0, switch to the channel, or 1, keep the one before")
	}
	return node
}

// value is what p points to, or the zero value.
func value[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}
