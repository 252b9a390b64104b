package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/console"
)

// Each answer carries the policy, also those that say no.
func TestPolicy(t *testing.T) {
	p := page(t, nil)
	for _, target := range []string{"/", "/login", "/nothing", "/assets/none.js", "/logout"} {
		for _, method := range []string{"GET", "HEAD", "POST", "DELETE"} {
			h := ask(p, method, target, nil, nil).header
			policy := h.Get("Content-Security-Policy")
			for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"} {
				if !strings.Contains(policy, want) {
					t.Errorf("%s %s: policy %q lacks %s", method, target, policy, want)
				}
			}
			if strings.Contains(policy, "unsafe") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") == "" {
				t.Errorf("%s %s: %v", method, target, h)
			}
		}
	}
}

var inline = regexp.MustCompile(`(?i)<style|<script(?:[^>]*)>[^<]|\sstyle=|\son[a-z]+=|javascript:|https?://`)

// Nothing stands inline, and nothing is named that is elsewhere.
func TestNothingInline(t *testing.T) {
	p := page(t, nil)
	for _, target := range []string{"/", "/login", "/nothing"} {
		if found := inline.FindString(ask(p, "GET", target, nil, nil).body); found != "" {
			t.Errorf("%s: %q", target, found)
		}
	}
}

// Assets are found where a page says, and may be kept: their path has their hash.
func TestAssets(t *testing.T) {
	p := page(t, nil)
	body := ask(p, "GET", "/", nil, nil).body
	found := regexp.MustCompile(`(?:href|src)="(/assets/[^"]+)"`).FindAllStringSubmatch(body, -1)
	if len(found) != 3 {
		t.Fatalf("%d assets in %s", len(found), body)
	}
	for _, asset := range found {
		resp := ask(p, "GET", asset[1], nil, nil)
		if resp.status != http.StatusOK || !strings.Contains(resp.header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d, %v", asset[1], resp.status, resp.header)
		}
		if resp := ask(p, "GET", strings.Replace(asset[1], "/assets/", "/assets/0", 1), nil, nil); resp.status != http.StatusNotFound {
			t.Errorf("of another build: %d", resp.status)
		}
	}
}

func TestMethods(t *testing.T) {
	p := page(t, nil)
	for request, want := range map[string]int{
		"GET /": 200, "HEAD /": 200, "GET /nothing": 404, "GET /index.html": 404, "DELETE /": 404, "POST /": 404,
		"GET /assets/": 404, "GET /assets/../page.go": 307, "GET /login": 200, "GET /logout": 404,
	} {
		method, target, _ := strings.Cut(request, " ")
		resp := ask(p, method, target, nil, nil)
		if resp.status != want {
			t.Errorf("%s: %d", request, resp.status)
		}
	}
}

// A form of another origin changes nothing, whoever is logged in.
func TestOtherOrigins(t *testing.T) {
	p := page(t, nil)
	in := logIn(t, p)
	for name, header := range map[string][2]string{
		"fetch metadata": {"Sec-Fetch-Site", "cross-site"},
		"same site":      {"Sec-Fetch-Site", "same-site"},
		"origin":         {"Origin", "http://evil.example"},
		"other port":     {"Origin", "http://127.0.0.1:9999"},
	} {
		resp := ask(p, "POST", "/logout", url.Values{}, func(r *http.Request) {
			in(r)
			r.Header.Set(header[0], header[1])
		})
		if resp.status != http.StatusForbidden || resp.header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d", name, resp.status)
		}
	}
	if body := ask(p, "GET", "/", nil, in).body; !strings.Contains(body, "Log out") {
		t.Error("logged out by another origin")
	}
}

func TestShortToken(t *testing.T) {
	if _, err := console.New(console.Config{Token: redact.NewSecret("fifteen-letters")}); err == nil {
		t.Error("taken")
	}
}
