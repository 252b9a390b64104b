package client_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema/redact"
)

// The pair that newClient has.
const oldKey, oldSecret = "bDqJFiq9", "7bz1lzh9"

// A gatekeeper lets in those whose signature fits their key, as the provider does.
type gatekeeper struct {
	secrets map[string]string
	answer  string // to those who are let in
	refused atomic.Int64
	mu      sync.Mutex
	last    string // the key of the latest request
}

func (g *gatekeeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Api-Key")
	secret, known := g.secrets[key]
	g.mu.Lock()
	g.last = key
	g.mu.Unlock()
	if !known || r.Header.Get("Sign") != client.Sign(redact.NewSecret(key), redact.NewSecret(secret), r.Header.Get("Timestamp")) {
		g.refused.Add(1)
		_, _ = io.WriteString(w, `{"status":"-1","reason":"Authentication error"}`)
		return
	}
	_, _ = io.WriteString(w, g.answer)
}

func (g *gatekeeper) lastKey() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.last
}

func TestRekey(t *testing.T) {
	for name, c := range map[string]struct {
		key, secret, answer string
		changed             bool
		want                string
	}{
		"let in, no such record":     {"new-key", "new-secret", `{"status":"-24"}`, true, ""},
		"let in, empty":              {"new-key", "new-secret", `{"status":"0","data":null}`, true, ""},
		"only the secret is another": {oldKey, "second", `{"status":"-24"}`, false, "change key: call rekey: refused with status -1"},
		"a key without its secret":   {"new-key", oldSecret, `{"status":"-24"}`, false, "status -1"},
		"unknown":                    {"another", "new-secret", `{"status":"-24"}`, false, "status -1"},
		"locked":                     {"new-key", "new-secret", `{"status":"-2"}`, false, "status -2"},
		"clock":                      {"new-key", "new-secret", `{"status":"-16"}`, false, "status -16"},
		"system error":               {"new-key", "new-secret", `{"status":"-18"}`, false, "status -18"},
		"garbage":                    {"new-key", "new-secret", `<html>`, false, "outcome unknown"},
		"no key and a line break":    {"", "hunter2\nhunter2", ``, false, "OTPWORKER_API_KEY: is required\nOTPWORKER_API_SECRET: contains a blank"},
	} {
		t.Run(name, func(t *testing.T) {
			g := &gatekeeper{secrets: map[string]string{oldKey: oldSecret, "new-key": "new-secret"}, answer: c.answer}
			url := serve(t, g.ServeHTTP)
			provider := newClient(t, client.Config{BaseURL: url})
			err := provider.Rekey(t.Context(), redact.NewSecret(c.key), redact.NewSecret(c.secret))
			if (err == nil) != c.changed || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "new-")) {
				t.Errorf("a secret in %v", err)
			}
			refused := g.refused.Load()
			g.answer = `{"status":"0","data":{"verificationId":"1"}}`
			if _, err := provider.SendRule(t.Context(), send()); err != nil {
				t.Fatal(err)
			}
			want := oldKey
			if c.changed {
				want = "new-key"
			}
			if got := g.lastKey(); got != want || g.refused.Load() != refused {
				t.Errorf("signed with %q, want %q", got, want)
			}
		})
	}
}

// A request never has the key of one pair and the signature of another, however
// often they change under it.
func TestRekeyMixesNothing(t *testing.T) {
	g := &gatekeeper{secrets: map[string]string{oldKey: oldSecret, "new-key": "new-secret"}, answer: `{"status":"-24"}`}
	url := serve(t, g.ServeHTTP)
	provider := newClient(t, client.Config{BaseURL: url})
	var senders sync.WaitGroup
	for range 4 {
		senders.Go(func() {
			for range 200 {
				_, _ = provider.SendRule(t.Context(), send())
			}
		})
	}
	for i := range 200 {
		pair := [][2]string{{"new-key", "new-secret"}, {oldKey, oldSecret}}[i%2]
		if err := provider.Rekey(t.Context(), redact.NewSecret(pair[0]), redact.NewSecret(pair[1])); err != nil {
			t.Error(err)
		}
	}
	senders.Wait()
	if n := g.refused.Load(); n != 0 {
		t.Errorf("%d requests had a signature that was not their key's", n)
	}
}
