package console_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/console"
)

// box is a page with a sandbox that keeps what is sent.
func box(t *testing.T, inbox []sandbox.Message, sent *[]schema.Job, refusal error) *console.Page {
	t.Helper()
	return page(t, func(c *console.Config) {
		c.Sandbox = &console.Sandbox{
			AppID: testApp, Inbox: func() []sandbox.Message { return inbox },
			Send: func(_ context.Context, job schema.Job) error {
				*sent = append(*sent, job)
				return refusal
			},
		}
	})
}

func TestSendTest(t *testing.T) {
	good := url.Values{"nn": {"18"}, "to": {""}, "code": {"493817"}, "ttl": {"60"}, "app": {testApp}}
	changed := func(name, value string) url.Values {
		form := maps.Clone(good)
		form.Set(name, value)
		return form
	}
	for name, tc := range map[string]struct {
		form   url.Values
		number string
		fault  string
	}{
		"a test number":  {good, "1555181", ""},
		"one's own":      {changed("to", "447700900123"), "447700900123", ""},
		"unknown choice": {changed("nn", "77"), "", "choose what happens"},
		"bad number":     {changed("to", "+44 7700"), "", "must be digits only"},
		"bad life":       {changed("ttl", "soon"), "", "number of seconds"},
		"no code":        {changed("code", ""), "", "code is missing"},
		"hostile":        {changed("app", `"><script>`), "", "appId"},
		"nothing":        {url.Values{}, "", "choose what happens"},
		"large":          {changed("code", strings.Repeat("1", 70_000)), "", "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			var sent []schema.Job
			got := ask(box(t, nil, &sent, nil), "POST", "/sandbox", tc.form, nil)
			if tc.fault != "" {
				if got.status != http.StatusBadRequest || len(sent) != 0 || !strings.Contains(got.body, tc.fault) || strings.Contains(got.body, `"><script>`) {
					t.Errorf("%d, %d sent: %s", got.status, len(sent), got.body)
				}
				return
			}
			if got.status != http.StatusSeeOther || len(sent) != 1 {
				t.Fatalf("%d, %d sent: %s", got.status, len(sent), got.body)
			}
			job := sent[0]
			if !strings.HasPrefix(job.To.Reveal(), tc.number) || job.Code.Reveal() != "493817" || job.AppID != testApp || job.Validate() != nil {
				t.Errorf("sent to %q", job.To.Reveal())
			}
			if want := "/jobs?app=" + testApp + "&id=" + job.ID; got.header.Get("Location") != want {
				t.Errorf("goes to %s", got.header.Get("Location"))
			}
		})
	}
}

// A page of another origin sends no test job, and a refused one is said to be.
func TestSendTestRefused(t *testing.T) {
	form := url.Values{"nn": {"00"}, "code": {"1"}, "ttl": {"60"}, "app": {testApp}}
	var sent []schema.Job
	got := ask(box(t, nil, &sent, nil), "POST", "/sandbox", form, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") })
	if got.status != http.StatusForbidden || len(sent) != 0 {
		t.Errorf("%d, %d sent", got.status, len(sent))
	}
	got = ask(box(t, nil, &sent, errors.New("the story comes first")), "POST", "/sandbox", form, nil)
	if got.status != http.StatusConflict || !strings.Contains(got.body, "the story comes first") {
		t.Errorf("%d %s", got.status, got.body)
	}
	// Without a sandbox there is nobody to send to.
	for _, method := range []string{"GET", "POST"} {
		if got := ask(page(t, nil), method, "/sandbox", form, nil); got.status != http.StatusNotFound {
			t.Errorf("%s without a sandbox: %d", method, got.status)
		}
	}
}

// The inbox shows codes and no number, and what a message says stays text.
func TestInbox(t *testing.T) {
	to := redact.NewPhone("447700900123")
	inbox := []sandbox.Message{
		{AppID: testApp, OrderID: "otp-447700900123", Channel: "sms", To: to, State: sandbox.StateSent, Text: redact.NewPayload([]byte("For 447700900123: 493817 <b>now</b>"))},
		{AppID: "<app>", OrderID: "<order>", Channel: "call", To: to, State: sandbox.StateFailed, Text: redact.NewPayload([]byte("again"))},
	}
	for range 100 {
		inbox = append(inbox, inbox[1])
	}
	var sent []schema.Job
	got := ask(box(t, inbox, &sent, nil), "GET", "/sandbox", nil, nil).body
	for _, want := range []string{"For ***0123: 493817 &lt;b&gt;now", "***0123, sent", "job otp-***0123", "not delivered"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	visible := strings.ReplaceAll(got, "otp-447700900123", "") // the path of its job
	if strings.Contains(visible, "447700900123") || strings.Contains(got, "<order>") || strings.Count(got, `class="text"`) != 50 {
		t.Error(got)
	}
}
