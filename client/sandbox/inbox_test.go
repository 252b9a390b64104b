package sandbox_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
)

func TestInboxPage(t *testing.T) {
	inBubble(t, sandbox.Config{Balance: new(sandbox.Amount(12_500))}, func(t *testing.T, b bundle) {
		page := func() string {
			rec := control(t, b.Handler(), http.MethodGet, "/", "")
			if rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != "text/html; charset=utf-8" {
				t.Errorf("HTTP %d, %s", rec.Code, rec.Header())
			}
			return rec.Body.String()
		}
		if body := page(); !strings.Contains(body, "No message yet") || !strings.Contains(body, `http-equiv="refresh"`) {
			t.Errorf("empty: %s", body)
		}
		const nasty = `<script>alert("x")</script> & ##code##`
		if _, err := b.client.AddTemplate(t.Context(), "app1", client.TemplateSettings{Name: "nasty", Text: nasty}); err != nil {
			t.Fatal(err)
		}
		r := request("order-" + phone)
		r.TemplateID = 1001
		b.sent(t, r)
		body := `{"appId":"<i>app","code":"12\u003cb\u003e","to":"15559000001","orderId":"<img src=x> 15559000001"}`
		if got := status(t, b.Handler(), post, "/otp/verification/sendRule", body); got != "0" {
			t.Fatal(got)
		}
		if err := b.Advance(time.Minute); err != nil {
			t.Fatal(err)
		}
		html := page()
		for _, want := range []string{
			`&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp; 1234`, `***8000`, `order-***8000`, `app1`, `template 1001`, `EN`,
			`&lt;img src=x&gt; ***0001`, `&lt;i&gt;app`, `12&lt;b&gt;`, `not delivered`, `Balance 1.23.`, `1m0s ahead`,
		} {
			if !strings.Contains(html, want) {
				t.Errorf("the page lacks %s:\n%s", want, html)
			}
		}
		for _, bad := range []string{phone, "15559000001", "<script", "<img", "<i>", "<b>", "138001"} {
			if strings.Contains(html, bad) {
				t.Errorf("the page has %s:\n%s", bad, html)
			}
		}
		if strings.Index(html, "***0001") > strings.Index(html, "***8000") {
			t.Error("the newest is not first")
		}
	})
}

// TestInboxPageRunsNothing: the policy lets in the page's own style by its
// hash, and nothing else.
func TestInboxPageRunsNothing(t *testing.T) {
	rec := control(t, sandbox.New(sandbox.Config{}).Handler(), http.MethodGet, "/", "")
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(rec.Body.String())
	if style == nil {
		t.Fatal("no style")
	}
	sum := sha256.Sum256([]byte(style[1]))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	if got := rec.Header().Get("Content-Security-Policy"); got != want {
		t.Errorf("policy %s, want %s", got, want)
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
	} {
		if got := rec.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if body := rec.Body.String(); strings.Contains(body, "style=") || strings.Contains(body, "<script") {
		t.Errorf("styles or scripts that the policy stops: %s", body)
	}
}

func TestInboxIsBounded(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		for i := range 250 {
			b.send(fmt.Sprint("o-", i), phone)
		}
		inbox := b.Inbox()
		if len(inbox) != 200 || inbox[0].OrderID != "o-249" || inbox[199].OrderID != "o-50" {
			t.Errorf("%d messages, %s to %s", len(inbox), inbox[0].OrderID, inbox[199].OrderID)
		}
	})
}

func TestMessageHidesItself(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		b.send("o", phone)
		m := b.Inbox()[0]
		if printed := fmt.Sprintf("%v %+v %#v", m, m, m); strings.Contains(printed, "1234") || strings.Contains(printed, phone) {
			t.Error(printed)
		}
	})
}
