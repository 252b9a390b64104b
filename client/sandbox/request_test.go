package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema/redact"
)

// ask sends one request straight to the handler and returns HTTP status and
// envelope status.
func ask(t *testing.T, h http.Handler, method, path, body string, header map[string]string) (int, string) {
	t.Helper()
	rec := signed(t, h, method, path, body, header)
	var envelope struct{ Status string }
	_ = json.Unmarshal(rec.Body.Bytes(), &envelope) // an HTTP error has none
	return rec.Code, envelope.Status
}

// status is ask for the envelope's status alone.
func status(t *testing.T, h http.Handler, method, path, body string) string {
	t.Helper()
	_, status := ask(t, h, method, path, body, nil)
	return status
}

// text is the whole answer.
func text(t *testing.T, h http.Handler, method, path, body string) string {
	t.Helper()
	return signed(t, h, method, path, body, nil).Body.String()
}

func signed(t *testing.T, h http.Handler, method, path, body string, header map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	key, secret := redact.NewSecret(sandbox.DefaultKey), redact.NewSecret(sandbox.DefaultSecret)
	req.Header.Set("Api-Key", key.Reveal())
	req.Header.Set("Timestamp", timestamp)
	req.Header.Set("Sign", client.Sign(key, secret, timestamp))
	for name, value := range header {
		req.Header.Set(name, value)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec
}

func TestFieldChecks(t *testing.T) {
	h := sandbox.New(sandbox.Config{}).Handler()
	const rest = `"code":"1234","to":"8613800138000"`
	for _, tc := range []struct{ name, body, want string }{
		{"least", `{"appId":"app1",` + rest + `}`, "0"},
		{"nulls", `{"appId":"app1",` + rest + `,"templateId":null,"flowId":null,"channel":null,"orderId":null}`, "0"},
		{"all", `{"appId":"app1",` + rest + `,"templateId":1,"flowId":2,"channel":"sna","orderId":"o"}`, "0"},
		{"unknown field", `{"appId":"app1",` + rest + `,"x":1}`, "0"},
		{"appId longest", `{"appId":"` + strings.Repeat("é", 32) + `",` + rest + `}`, "0"},
		{"orderId longest", `{"appId":"app1",` + rest + `,"orderId":"` + strings.Repeat("o", 64) + `"}`, "0"},
		{"to longest", `{"appId":"app1","code":"1","to":"12345678901234"}`, "0"},
		{"no JSON", `appId=app1`, "-22"},
		{"empty", ``, "-22"},
		{"array", `[]`, "-22"},
		{"not JSON at its end", `{"appId":"app1",` + rest + `}x`, "-22"},
		{"too long", `{"appId":"` + strings.Repeat("a", 1<<17) + `"}`, "-22"},
		{"appId missing", `{` + rest + `}`, "-22"},
		{"appId short", `{"appId":"app",` + rest + `}`, "-22"},
		{"appId long", `{"appId":"` + strings.Repeat("a", 33) + `",` + rest + `}`, "-22"},
		{"code missing", `{"appId":"app1","to":"8613800138000"}`, "-22"},
		{"code long", `{"appId":"app1","code":"12345678901","to":"8613800138000"}`, "-22"},
		{"code a number", `{"appId":"app1","code":1234,"to":"8613800138000"}`, "-22"},
		{"to short", `{"appId":"app1","code":"1","to":"123456789"}`, "-22"},
		{"to long", `{"appId":"app1","code":"1","to":"123456789012345"}`, "-22"},
		{"to with a plus", `{"appId":"app1","code":"1","to":"+8613800138000"}`, "-22"},
		{"to in other digits", `{"appId":"app1","code":"1","to":"١٢٣٤٥٦٧٨٩٠"}`, "-22"},
		{"channel", `{"appId":"app1",` + rest + `,"channel":"fax"}`, "-22"},
		{"templateId a text", `{"appId":"app1",` + rest + `,"templateId":"1"}`, "-22"},
		{"orderId long", `{"appId":"app1",` + rest + `,"orderId":"` + strings.Repeat("o", 65) + `"}`, "-22"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, status := ask(t, h, http.MethodPost, "/otp/verification/sendRule", tc.body, nil)
			if code != http.StatusOK || status != tc.want {
				t.Errorf("HTTP %d, status %q, want %q", code, status, tc.want)
			}
		})
	}
}

func TestAuthentication(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	const good = `{"appId":"app1","code":"1234","to":"8613800138000","orderId":"o"}`
	key, secret := redact.NewSecret(sandbox.DefaultKey), redact.NewSecret(sandbox.DefaultSecret)
	signed := func(timestamp string) map[string]string {
		return map[string]string{"Timestamp": timestamp, "Sign": client.Sign(key, secret, timestamp)}
	}
	at := func(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }
	for _, tc := range []struct {
		name   string
		header map[string]string
		body   string
		want   string
	}{
		{"good", nil, good, "0"},
		{"upper case", map[string]string{"Timestamp": at(0), "Sign": strings.ToUpper(client.Sign(key, secret, at(0)))}, good, "0"},
		{"29 minutes old", signed(at(-29 * time.Minute)), good, "0"},
		{"other key", map[string]string{"Api-Key": "other"}, good, "-1"},
		{"other signature", map[string]string{"Sign": "00"}, good, "-1"},
		{"31 minutes old", signed(at(-31 * time.Minute)), good, "-16"},
		{"31 minutes ahead", signed(at(31 * time.Minute)), good, "-16"},
		{"milliseconds", signed(at(0) + "000"), good, "-16"},
		{"no number", signed("now"), good, "-16"},
		{"JSON before signature", map[string]string{"Sign": "00"}, `{`, "-22"},
		{"signature before timestamp", map[string]string{"Timestamp": at(-time.Hour)}, good, "-1"},
		{"timestamp before fields", signed(at(-time.Hour)), `{}`, "-16"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, status := ask(t, s.Handler(), http.MethodPost, "/otp/verification/sendRule", tc.body, tc.header); status != tc.want {
				t.Errorf("status %q, want %q", status, tc.want)
			}
		})
	}
	if got := len(s.Sends("o")); got != 3 {
		t.Errorf("%d sends", got)
	}
}

func TestPaths(t *testing.T) {
	h := sandbox.New(sandbox.Config{}).Handler()
	for _, tc := range []struct {
		method, path string
		want         int
	}{
		{http.MethodGet, "/otp/verification/sendRule", http.StatusMethodNotAllowed},
		{http.MethodPost, "/verification/sendRule", http.StatusNotFound},
		{http.MethodPost, "/otp/verification/sent", http.StatusNotFound},
		{http.MethodPost, "/otp/flow/update/2001", http.StatusMethodNotAllowed},
		{http.MethodPost, "/otp/app/update/app1", http.StatusMethodNotAllowed},
		{http.MethodGet, "/otp/sms/getBalance", http.StatusNotFound},
		{http.MethodPost, "/sandbox/stats", http.StatusMethodNotAllowed},
		{http.MethodPost, "/", http.StatusMethodNotAllowed},
		{http.MethodGet, "/otp", http.StatusNotFound},
	} {
		if code, _ := ask(t, h, tc.method, tc.path, "{}", nil); code != tc.want {
			t.Errorf("%s %s: HTTP %d, want %d", tc.method, tc.path, code, tc.want)
		}
	}
}
