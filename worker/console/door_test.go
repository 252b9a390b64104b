package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/console"
)

// Who gives the token may act, until they log out or the time is over.
func TestLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := page(t, nil)
		resp := ask(p, "POST", "/login", url.Values{"token": {" " + token + "\n"}, "next": {"/?a=b"}}, nil)
		if resp.status != http.StatusSeeOther || resp.header.Get("Location") != "/?a=b" || len(resp.cookies) != 1 {
			t.Fatalf("%d to %q", resp.status, resp.header.Get("Location"))
		}
		c := resp.cookies[0]
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || strings.Contains(c.Value, token) || len(c.Value) < 26 {
			t.Errorf("cookie %v", c)
		}
		in := func(r *http.Request) { r.AddCookie(c) }
		mayAct := func() bool { return strings.Contains(ask(p, "GET", "/", nil, in).body, "Log out") }
		if !mayAct() {
			t.Error("not logged in")
		}
		time.Sleep(7 * time.Hour)
		if !mayAct() {
			t.Error("logged out after 7 hours")
		}
		time.Sleep(time.Hour)
		if mayAct() {
			t.Error("logged in after 8 hours")
		}
		in = logIn(t, p)
		ask(p, "POST", "/logout", url.Values{}, in)
		if mayAct() {
			t.Error("logged in after the logout")
		}
	})
}

// Another token takes effect at once, for those too who have given the former.
func TestOtherToken(t *testing.T) {
	p := page(t, nil)
	in := logIn(t, p)
	const other = "another-token-of-24-char"
	for name, c := range map[string]struct {
		page  *console.Page
		token string
		err   string
	}{
		"too short":        {p, other[:console.MinToken-1], "token: must be at least 16 characters"},
		"none":             {p, "", "token: must be at least 16 characters"},
		"a read-only page": {page(t, func(cfg *console.Config) { cfg.Token = redact.Secret{} }), other, "token: the page was made without one"},
	} {
		if err := c.page.UseToken(redact.NewSecret(c.token)); err == nil || err.Error() != c.err {
			t.Errorf("%s: %v, want %s", name, err, c.err)
		}
	}
	mayAct := func() bool { return strings.Contains(ask(p, "GET", "/", nil, in).body, "Log out") }
	if !mayAct() {
		t.Error("a token that was not taken has ended the session")
	}
	if err := p.UseToken(redact.NewSecret(other)); err != nil {
		t.Fatal(err)
	}
	if mayAct() {
		t.Error("the session of the former token goes on")
	}
	for given, want := range map[string]int{token: http.StatusForbidden, other: http.StatusSeeOther} {
		if got := ask(p, "POST", "/login", url.Values{"token": {given}}, nil).status; got != want {
			t.Errorf("login: %d, want %d", got, want)
		}
	}
}

func TestWrongTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := page(t, nil)
		try := func(given, from string) int {
			resp := ask(p, "POST", "/login", url.Values{"token": {given}}, func(r *http.Request) { r.RemoteAddr = from })
			if body := resp.body; given != "" && strings.Contains(body, given) {
				t.Errorf("the answer repeats %q", given)
			}
			return resp.status
		}
		for _, given := range []string{"", token[:len(token)-1], token + "x", strings.ToUpper(token)} {
			if status := try(given, "192.0.2.1:1"); status != http.StatusForbidden {
				t.Errorf("%q: %d", given, status)
			}
		}
		for range 6 {
			try("wrong", "192.0.2.1:2")
		}
		if status := try(token, "192.0.2.1:3"); status != http.StatusTooManyRequests {
			t.Errorf("the eleventh try: %d", status)
		}
		if status := try(token, "192.0.2.2:1"); status != http.StatusSeeOther {
			t.Errorf("another address: %d", status)
		}
		time.Sleep(time.Minute)
		if status := try(token, "192.0.2.1:3"); status != http.StatusSeeOther {
			t.Errorf("a minute later: %d", status)
		}
		// One with a whole network of addresses is one.
		for i := range 10 {
			try("wrong", fmt.Sprintf("[2001:db8::%d]:1", i+1))
		}
		if status := try(token, "[2001:db8::99]:1"); status != http.StatusTooManyRequests {
			t.Errorf("its next address: %d", status)
		}
	})
}

// Neither tries nor sessions grow without end.
func TestDoorIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := page(t, nil)
		first := logIn(t, p)
		for i := range 1100 {
			ask(p, "POST", "/login", url.Values{"token": {"wrong"}}, func(r *http.Request) { r.RemoteAddr = fmt.Sprintf("10.0.%d.%d:1", i/250, i%250) })
		}
		resp := ask(p, "POST", "/login", url.Values{"token": {token}}, func(r *http.Request) { r.RemoteAddr = "10.9.9.9:1" })
		if resp.status != http.StatusTooManyRequests || resp.header.Get("Retry-After") != "60" {
			t.Errorf("when too many try: %d", resp.status)
		}
		time.Sleep(time.Minute)
		for range 64 {
			logIn(t, p)
		}
		if strings.Contains(ask(p, "GET", "/", nil, first).body, "Log out") {
			t.Error("65 are logged in")
		}
	})
}

// After the login one comes to this page's own paths only.
func TestNextPath(t *testing.T) {
	p := page(t, nil)
	for next, want := range map[string]string{
		"/": "/", "/jobs?id=a%20b": "/jobs?id=a%20b", "": "/", "//evil.example": "/", "https://evil.example/": "/", `/\evil.example`: "/",
		"javascript:alert(1)": "/", "/a\r\nSet-Cookie: x=y": "/", "/%2f/evil.example": "/",
	} {
		resp := ask(p, "POST", "/login", url.Values{"token": {token}, "next": {next}}, nil)
		if got := resp.header.Get("Location"); got != want {
			t.Errorf("%q leads to %q", next, got)
		}
	}
}

// Without a token there is no way in.
func TestReadOnly(t *testing.T) {
	p := page(t, func(c *console.Config) { c.Token = redact.Secret{} })
	if body := ask(p, "GET", "/", nil, nil).body; !strings.Contains(body, "Read-only") || strings.Contains(body, "<form") {
		t.Error(body)
	}
	for _, given := range []string{"", token} {
		if resp := ask(p, "POST", "/login", url.Values{"token": {given}}, nil); resp.status != http.StatusNotFound || len(resp.cookies) > 0 {
			t.Errorf("%q: %d", given, resp.status)
		}
	}
}
