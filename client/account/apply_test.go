package account_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/account"
)

const threeThings = `
version: 1
flows:
- name: call later
  flow: [{waitingTime: 30, status: 2, channel: call}]
templates:
- {name: login text, appId: app0001, text: "##code##", codeType: 4}
apps:
- {appId: app0001, codeExpiry: 10}
`

// The second time nothing is written. What the file does not say stays.
func TestApplyTwice(t *testing.T) {
	b := newBundle(t)
	id := b.addApp(t, whole())
	b.taken()
	same(t, "outcomes", b.apply(t, threeThings), "update app app0001 made", "create template 1001 made", "create flow 2001 made")
	same(t, "writes", b.writes(), "PUT app/update/app0001", "POST template/add", "POST flow/add")
	same(t, "second outcomes", b.apply(t, threeThings))
	same(t, "second writes", b.writes())

	want := client.App{AppID: id, AppSettings: whole()}
	want.CodeExpiry = 10
	if diff := cmp.Diff(want, b.app(t, id)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// An update writes all fields, those of the account among them.
func TestApplyLeavesAloneWhatIsLeftOut(t *testing.T) {
	b := newBundle(t)
	id := b.addApp(t, whole())
	before := client.TemplateSettings{
		Name: "login text", Text: "##code##", CodeType: client.CodeAlpha, CodeLength: 9, SpeechRate: new(0),
		Language: client.LanguageBD, MaxDuration: 30, RepeatCnt: 3, SenderID: "ACME",
	}
	if _, err := b.AddTemplate(t.Context(), id, before); err != nil {
		t.Fatal(err)
	}
	nodes := []client.FlowNode{{WaitingTime: 30, Trigger: client.TriggerFailed, Channel: "call", KeepChannel: true}}
	if _, err := b.AddFlow(t.Context(), client.FlowSettings{Name: "call later", Flow: nodes}); err != nil {
		t.Fatal(err)
	}
	same(t, "outcomes", b.apply(t, `
version: 1
templates: [{templateId: "1001", codeLength: 6}]
flows: [{flowId: "2001", name: call sooner}]
`), "update template 1001 made", "update flow 2001 made")
	before.CodeLength = 6
	text, err := b.TemplateDetails(t.Context(), "1001")
	if diff := cmp.Diff(client.Template{TemplateID: "1001", AppID: id, TemplateSettings: before}, text); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	flow, err := b.FlowDetails(t.Context(), "2001")
	if diff := cmp.Diff(client.Flow{FlowID: "2001", FlowSettings: client.FlowSettings{Name: "call sooner", Flow: nodes}}, flow); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
}

// An app without an id is made, and refused the second time.
func TestApplyNewApp(t *testing.T) {
	b := newBundle(t)
	const file = "version: 1\napps: [{name: login, periodPhoneSendLimit: {enabled: true, unit: 3, period: 1, limit: 3}}]\nflows: [{name: later, flow: [{waitingTime: 30, status: 1, channel: sms}]}]"
	same(t, "outcomes", b.apply(t, file), "create app app0001 made", "create flow 2001 made")
	if limit := account.LimitText(b.app(t, "app0001").PeriodPhoneSendLimit); limit != "3/1m" {
		t.Error(limit)
	}
	for o := range b.compare(t, file).Apply(t.Context()) {
		const want = "call app/add: refused with status -20: an app of this name is there already: use its id, which the provider's console shows"
		if o.State != account.NotMade || o.Err.Error() != want {
			t.Errorf("%s: %v", line(o), o.Err)
		}
	}
}

// The first that is not made ends it, and a new plan goes on from there.
func TestApplyStopsAndGoesOn(t *testing.T) {
	b := newBundle(t)
	b.addApp(t, whole())
	b.taken()
	b.lose = map[string]string{"POST template/add": "before"}
	same(t, "outcomes", b.apply(t, threeThings),
		"update app app0001 made", "create template  not made, read back", "create flow  not tried")
	same(t, "writes", b.writes(), "PUT app/update/app0001", "POST template/add")
	b.lose = nil
	same(t, "outcomes", b.apply(t, threeThings), "create template 1001 made", "create flow 2001 made")
	same(t, "writes", b.writes(), "POST template/add", "POST flow/add")
}

// What became of a change whose answer was lost is read from the account.
func TestApplyReadsBack(t *testing.T) {
	const newApp = "version: 1\napps: [{name: payment}]"
	for name, test := range map[string]struct {
		file string
		lose map[string]string
		want string
	}{
		"update made":      {threeThings, map[string]string{"PUT app/update/app0001": "after"}, "update app app0001 made, read back"},
		"update not made":  {threeThings, map[string]string{"PUT app/update/app0001": "before"}, "update app app0001 not made, read back"},
		"create made":      {"version: 1\ntemplates: [{name: login text, appId: app0001, text: '##code##'}]", map[string]string{"POST template/add": "after"}, "create template 1001 made, read back"},
		"create not made":  {"version: 1\ntemplates: [{name: login text, appId: app0001, text: '##code##'}]", map[string]string{"POST template/add": "before"}, "create template  not made, read back"},
		"a flow":           {"version: 1\nflows: [{name: later, flow: [{waitingTime: 30, status: 1, channel: sms}]}]", map[string]string{"POST flow/add": "after"}, "create flow 2001 made, read back"},
		"an app, made":     {newApp, map[string]string{"POST app/add": "after"}, "create app  unknown"},
		"an app, not made": {newApp, map[string]string{"POST app/add": "before"}, "create app  unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBundle(t)
			b.addApp(t, whole())
			b.lose = test.lose
			if got := b.apply(t, test.file); got[0] != test.want {
				t.Errorf("%s, want %s", got[0], test.want)
			}
		})
	}
}

// Reading back can fail too, or find what nobody wanted.
func TestApplyOutcomeUnknown(t *testing.T) {
	const put, get = "PUT app/update/app0001", "GET app/details/app0001"
	apply := func(t *testing.T, b bundle, meanwhile func()) account.Outcome {
		t.Helper()
		plan := b.compare(t, "version: 1\napps: [{appId: app0001, codeExpiry: 10}]")
		b.lose = map[string]string{put: "before"}
		b.first = map[string]func(){put: meanwhile}
		for o := range plan.Apply(t.Context()) {
			return o
		}
		return account.Outcome{}
	}
	t.Run("not readable", func(t *testing.T) {
		b := newBundle(t)
		b.addApp(t, whole())
		o := apply(t, b, func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.lose[get] = "before"
		})
		if _, lost := errors.AsType[*client.UnknownError](o.Err); line(o) != "update app app0001 unknown" || !lost {
			t.Errorf("%s: %v", line(o), o.Err)
		}
	})
	t.Run("neither", func(t *testing.T) {
		b, s := newBundle(t), whole()
		b.addApp(t, s)
		s.CodeExpiry = 20
		direct := b.beside(t)
		o := apply(t, b, func() {
			if _, err := direct.UpdateApp(context.Background(), "app0001", s); err != nil {
				t.Error(err)
			}
		})
		if line(o) != "update app app0001 unknown, read back" {
			t.Errorf("%s: %v", line(o), o.Err)
		}
	})
}

// What somebody else has changed since it was compared is left alone.
func TestApplyChangedMeanwhile(t *testing.T) {
	b, s := newBundle(t), whole()
	b.addApp(t, s)
	plan := b.compare(t, threeThings)
	s.PeriodPhoneSendLimit.Limit = 5
	if _, err := b.UpdateApp(t.Context(), "app0001", s); err != nil {
		t.Fatal(err)
	}
	b.taken()
	var lines []string
	for o := range plan.Apply(t.Context()) {
		if lines = append(lines, line(o)); o.State == account.NotMade && !errors.Is(o.Err, account.ErrChanged) {
			t.Error(o.Err)
		}
	}
	same(t, "outcomes", lines, "update app app0001 not made", "create template  not tried", "create flow  not tried")
	same(t, "writes", b.writes())
}

// A context that ends in the middle of a change stops the rest, and the change
// is read back all the same.
func TestApplyInterrupted(t *testing.T) {
	b := newBundle(t)
	b.addApp(t, whole())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	plan := b.compare(t, threeThings)
	// Not before the update: what is read back would race with it.
	b.lose = map[string]string{"PUT app/update/app0001": "after"}
	b.then = map[string]func(){"PUT app/update/app0001": cancel}
	var lines []string
	for o := range plan.Apply(ctx) {
		lines = append(lines, line(o))
	}
	same(t, "outcomes", lines, "update app app0001 made, read back", "create template  not made", "create flow  not tried")
}

// A refusal is no lost answer: nothing is read back.
func TestApplyRefused(t *testing.T) {
	b := newBundle(t)
	id := b.addApp(t, whole())
	plan := b.compare(t, "version: 1\ntemplates: [{name: login text, appId: app0001, text: '##code##'}]")
	if _, err := b.AddTemplate(t.Context(), id, client.TemplateSettings{Name: "login text", Text: "##code##"}); err != nil {
		t.Fatal(err)
	}
	b.taken()
	for o := range plan.Apply(t.Context()) {
		if refused, ok := errors.AsType[*client.RefusedError](o.Err); line(o) != "create template  not made" || !ok || refused.Status != client.StatusDataExists {
			t.Errorf("%s: %v", line(o), o.Err)
		}
	}
	same(t, "calls", b.taken(), "POST template/add")
}

// A refusal that proves nothing is a lost answer: it is read back.
func TestApplyRefusedWithoutProof(t *testing.T) {
	for status, want := range map[string]string{
		"-18": "create template 1001 made, read back", "-30": "create template 1001 made, read back", "-21": "create template  not made",
	} {
		t.Run(status, func(t *testing.T) {
			b := newBundle(t)
			b.addApp(t, whole())
			plan := b.compare(t, "version: 1\ntemplates: [{name: login text, appId: app0001, text: '##code##'}]")
			box := b.to
			b.to = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					box.ServeHTTP(httptest.NewRecorder(), r)
					_, _ = io.WriteString(w, `{"status":"`+status+`"}`)
					return
				}
				box.ServeHTTP(w, r)
			})
			for o := range plan.Apply(t.Context()) {
				if line(o) != want {
					t.Errorf("%s: %v", line(o), o.Err)
				}
			}
		})
	}
}

// A new template needs an app that is there before anything is made.
func TestCompareNewTemplateOfUnknownApp(t *testing.T) {
	b := newBundle(t)
	b.addApp(t, whole())
	_, err := account.Compare(t.Context(), b.Client, decode(t, `
version: 1
templates:
- {name: login text, appId: app0001, text: "##code##"}
- {name: other text, appId: app0009, text: "##code##"}
- {name: third text, appId: app0009, text: "##code##"}
`))
	const problem = "the provider knows no app app0009: call app/details: refused with status -24"
	if want := "templates[1].appId: " + problem + "\ntemplates[2].appId: " + problem; err == nil || err.Error() != want {
		t.Errorf("got:\n%v", err)
	}
	same(t, "writes", b.writes(), "POST app/add")
}

func TestUndetermined(t *testing.T) {
	for err, want := range map[error]bool{
		&client.UnknownError{}: true, &client.RefusedError{Status: "-18"}: true,
		&client.RefusedError{Op: "template/add", Status: "-30"}: true, &client.RefusedError{Op: "template/add", Status: "-20"}: false,
		&client.RefusedError{Op: "send", Status: "-20"}: true, &client.RefusedError{Op: "resend", Status: "-26"}: true, &client.NotSentError{}: false, &client.ThrottledError{}: false, account.ErrChanged: false,
	} {
		if account.Undetermined(err) != want {
			t.Errorf("%T %v", err, err)
		}
	}
}
