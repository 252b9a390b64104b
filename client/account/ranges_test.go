package account_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/account"
)

// The ranges of the file are those of the client: it takes the values at both
// ends and refuses their neighbours, and so does the client.
func TestRangesAreTheClients(t *testing.T) {
	const least, most = 0, 1
	text := func(n int) string { return strings.Repeat("n", n) }
	type bounds [2]int64
	for field, test := range map[string]struct {
		bounds bounds
		app    func(*account.App, int64)
	}{
		"name":       {bounds{4, 32}, func(a *account.App, n int64) { a.Name = new(text(int(n))) }},
		"codeExpiry": {bounds{1, 60}, func(a *account.App, n int64) { a.CodeExpiry = new(int(n)) }},
		"unit":       {bounds{1, 4}, func(a *account.App, n int64) { a.PeriodTotalSendLimit.Unit = new(client.PeriodUnit(n)) }},
		"period":     {bounds{1, 90}, func(a *account.App, n int64) { a.PeriodTotalSendLimit.Period = new(int(n)) }},
		"limit":      {bounds{1, 1e10}, func(a *account.App, n int64) { a.PeriodTotalSendLimit.Limit = new(n) }},
	} {
		t.Run("app "+field, func(t *testing.T) {
			for n, good := range map[int64]bool{
				test.bounds[least] - 1: false, test.bounds[least]: true, test.bounds[most]: true, test.bounds[most] + 1: false,
			} {
				a := account.App{Name: new("login"), PeriodTotalSendLimit: &account.Limit{
					Enabled: new(true), Unit: new(client.UnitDay), Period: new(1), Limit: new(int64(1)),
				}}
				test.app(&a, n)
				agree(t, n, good, account.File{Version: 1, Apps: []account.App{a}})
			}
		})
	}
	for field, test := range map[string]struct {
		bounds   bounds
		template func(*account.Template, int64)
	}{
		"name":        {bounds{4, 32}, func(a *account.Template, n int64) { a.Name = new(text(int(n))) }},
		"text":        {bounds{8, 256}, func(a *account.Template, n int64) { a.Text = new(("##code##" + text(256))[:n]) }},
		"codeType":    {bounds{1, 4}, func(a *account.Template, n int64) { a.CodeType = new(client.CodeType(n)) }},
		"codeLength":  {bounds{4, 10}, func(a *account.Template, n int64) { a.CodeLength = new(int(n)) }},
		"speechRate":  {bounds{0, 100}, func(a *account.Template, n int64) { a.SpeechRate = new(int(n)) }},
		"maxDuration": {bounds{5, 599}, func(a *account.Template, n int64) { a.MaxDuration = new(int(n)) }},
		"repeatCnt":   {bounds{1, 10}, func(a *account.Template, n int64) { a.RepeatCnt = new(int(n)) }},
	} {
		t.Run("template "+field, func(t *testing.T) {
			for n, good := range map[int64]bool{
				test.bounds[least] - 1: false, test.bounds[least]: true, test.bounds[most]: true, test.bounds[most] + 1: false,
			} {
				a := account.Template{AppID: "app0001", Name: new("login"), Text: new("##code##")}
				test.template(&a, n)
				agree(t, n, good, account.File{Version: 1, Templates: []account.Template{a}})
			}
		})
	}
	t.Run("flow", func(t *testing.T) {
		good := client.FlowNode{WaitingTime: 30, Trigger: client.TriggerFailed, Channel: "sms"}
		with := func(change func(*client.FlowNode)) client.FlowNode { n := good; change(&n); return n }
		for n, nodes := range [][]client.FlowNode{
			slices.Repeat([]client.FlowNode{good}, 121), {},
			{with(func(n *client.FlowNode) { n.WaitingTime = 29 })}, {with(func(n *client.FlowNode) { n.WaitingTime = 121 })},
			{with(func(n *client.FlowNode) { n.Trigger = 0 })}, {with(func(n *client.FlowNode) { n.Trigger = 3 })},
			{with(func(n *client.FlowNode) { n.Channel = "sna" })},
		} {
			agree(t, int64(n), false, account.File{Version: 1, Flows: []account.Flow{{Name: new("later"), Flow: nodes}}})
		}
		for n, nodes := range [][]client.FlowNode{
			slices.Repeat([]client.FlowNode{good}, 120), {good, with(func(n *client.FlowNode) { n.WaitingTime = 120; n.Trigger = 2; n.Channel = "call" })},
		} {
			agree(t, int64(n), true, account.File{Version: 1, Flows: []account.Flow{{Name: new("later"), Flow: nodes}}})
		}
	})
}

// agree asks the file and the client. The client checks before it calls, and a
// context that has ended keeps it from calling. A zero stands for nothing
// there, so only the file refuses it.
func agree(t *testing.T, n int64, good bool, file account.File) {
	t.Helper()
	if err := file.Validate(); (err == nil) != good {
		t.Errorf("%d: the file says %v", n, err)
	}
	if err := makeNothing(t, file); (err == nil) != good && n != 0 {
		t.Errorf("%d: the client says %v", n, err)
	}
}

func makeNothing(t *testing.T, file account.File) error {
	t.Helper()
	b := newBundle(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var err error
	for _, a := range file.Apps {
		l := a.PeriodTotalSendLimit
		_, err = b.AddApp(ended, client.AppSettings{
			Name: *a.Name, CodeExpiry: deref(a.CodeExpiry),
			PeriodTotalSendLimit: &client.Limit{Enabled: *l.Enabled, Unit: *l.Unit, Period: *l.Period, Limit: *l.Limit},
		})
	}
	for _, a := range file.Templates {
		_, err = b.AddTemplate(ended, a.AppID, client.TemplateSettings{
			Name: *a.Name, Text: *a.Text, CodeType: deref(a.CodeType), CodeLength: deref(a.CodeLength),
			SpeechRate: a.SpeechRate, MaxDuration: deref(a.MaxDuration), RepeatCnt: deref(a.RepeatCnt),
		})
	}
	for _, a := range file.Flows {
		_, err = b.AddFlow(ended, client.FlowSettings{Name: *a.Name, Flow: a.Flow})
	}
	if _, unsent := errors.AsType[*client.NotSentError](err); unsent {
		return nil
	}
	if err == nil {
		return fmt.Errorf("it was called")
	}
	return err
}

func deref[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}
