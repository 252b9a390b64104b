package account

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/otpworker/otpworker/client"
)

// Validate finds all that is wrong with a file by itself: what Decode finds
// once types and keys are right. The error is an *InvalidError.
func (file File) Validate() error {
	var f faults
	file.check(&f)
	return f.err()
}

// check knows the provider's ranges. The client has them too, but takes zeros
// for fields that were left out; here nil is left out and 0 is a fault.
func (file File) check(f *faults) {
	if file.Version != Version {
		f.add("version", fmt.Sprintf("must be %d", Version))
	}
	for i, a := range file.Apps {
		a.check(f, fmt.Sprintf("apps[%d]", i))
	}
	for i, t := range file.Templates {
		t.check(f, fmt.Sprintf("templates[%d]", i))
	}
	for i, w := range file.Flows {
		w.check(f, fmt.Sprintf("flows[%d]", i))
	}
	file.checkDoubles(f)
}

func (a App) check(f *faults, at string) {
	checkAppID(f, at+".appId", a.AppID)
	if a.AppID == "" && a.Name == nil {
		f.add(at, "needs an appId, or a name to make a new app")
	}
	length(f, at+".name", a.Name, 4, 32)
	within(f, at+".codeExpiry", a.CodeExpiry, 1, 60)
	a.PeriodTotalSendLimit.check(f, at+".periodTotalSendLimit")
	a.PeriodPhoneSendLimit.check(f, at+".periodPhoneSendLimit")
}

func (l *Limit) check(f *faults, at string) {
	if l == nil {
		return
	}
	within(f, at+".unit", l.Unit, client.UnitDay, client.UnitSecond)
	within(f, at+".period", l.Period, 1, 90)
	within(f, at+".limit", l.Limit, 1, maxLimit)
}

func (t Template) check(f *faults, at string) {
	checkID(f, at+".templateId", t.TemplateID)
	checkAppID(f, at+".appId", t.AppID)
	if t.TemplateID == "" && t.Name == nil {
		f.add(at, "needs a templateId or a name")
	}
	length(f, at+".name", t.Name, 4, 32)
	length(f, at+".text", t.Text, 1, 256)
	if t.Text != nil && !strings.Contains(*t.Text, "##code##") {
		f.add(at+".text", "must contain ##code##; put the text in quotes, or YAML takes it for a comment")
	}
	within(f, at+".codeType", t.CodeType, client.CodeNumeric, client.CodeHex)
	within(f, at+".codeLength", t.CodeLength, 4, 10)
	within(f, at+".speechRate", t.SpeechRate, 0, 100)
	if t.Language != nil && !slices.Contains(client.Languages(), *t.Language) {
		f.add(at+".language", fmt.Sprintf("must be one of %v", client.Languages()))
	}
	within(f, at+".maxDuration", t.MaxDuration, 5, 599)
	within(f, at+".repeatCnt", t.RepeatCnt, 1, 10)
}

func (w Flow) check(f *faults, at string) {
	checkID(f, at+".flowId", w.FlowID)
	if w.FlowID == "" && w.Name == nil {
		f.add(at, "needs a flowId or a name")
	}
	length(f, at+".name", w.Name, 4, 32)
	if w.Flow != nil && (len(w.Flow) < 1 || len(w.Flow) > maxNodes) {
		f.add(at+".flow", fmt.Sprintf("has %d nodes, must have 1 to %d", len(w.Flow), maxNodes))
	}
	for i, n := range w.Flow {
		checkNode(f, fmt.Sprintf("%s.flow[%d]", at, i), n)
	}
}

func checkNode(f *faults, at string, n client.FlowNode) {
	within(f, at+".waitingTime", &n.WaitingTime, 30, 120)
	within(f, at+".status", &n.Trigger, client.TriggerFailed, client.TriggerNotVerified)
	if n.Channel != client.ChannelSMS && n.Channel != client.ChannelCall {
		f.add(at+".channel", "must be sms or call")
	}
}

// The provider's, where package client does not export them.
const (
	maxLimit = 10_000_000_000
	maxNodes = 120
)

func within[N ~int | ~int64](f *faults, at string, n *N, least, most N) {
	if n != nil && (*n < least || *n > most) {
		f.add(at, fmt.Sprintf("%d is outside %d to %d", int64(*n), int64(least), int64(most)))
	}
}

// length counts characters, not bytes.
func length(f *faults, at string, s *string, least, most int) {
	if s == nil {
		return
	}
	if n := utf8.RuneCountInString(*s); n < least || n > most {
		f.add(at, fmt.Sprintf("has %d characters, must have %d to %d", n, least, most))
	}
}

func checkID(f *faults, at, id string) {
	if len(id) > 64 || strings.Trim(id, idLetters) != "" {
		f.add(at, "must have 1 to 64 characters of A-Z a-z 0-9 _ -")
	}
}

func checkAppID(f *faults, at, id string) {
	if id != "" && (len(id) < 4 || len(id) > 32 || strings.Trim(id, idLetters) != "") {
		f.add(at, "must have 4 to 32 characters of A-Z a-z 0-9 _ -")
	}
}

const idLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
