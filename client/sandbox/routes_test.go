package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/otpworker/otpworker/client/sandbox"
)

func control(t *testing.T, h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body)))
	return rec
}

func TestControl(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	h := s.Handler()
	const body = `{"appId":"app1","code":"1234","to":"8613800138000","orderId":"o/1"}`

	if rec := control(t, h, http.MethodPut, "/sandbox/expiry/o%2F1", "2001-02-03T04:05:06Z\n"); rec.Code != http.StatusNoContent {
		t.Errorf("expiry: HTTP %d", rec.Code)
	}
	if rec := control(t, h, http.MethodPut, "/sandbox/fault", `{"status":"-27","times":1}`); rec.Code != http.StatusNoContent {
		t.Errorf("fault: HTTP %d", rec.Code)
	}
	for _, want := range []string{"-27", "0"} {
		if _, got := ask(t, h, http.MethodPost, "/otp/verification/sendRule", body, nil); got != want {
			t.Errorf("status %q, want %q", got, want)
		}
	}
	rec := control(t, h, http.MethodGet, "/sandbox/stats", "")
	want := `{"calls":2,"records":0,"others":0,"accepted":1,"repeats":0,"late":1,"followUps":0,"expected":1,"refused":{"-27":1},"inFlight":0,"maxConcurrent":1}`
	if rec.Code != http.StatusOK || rec.Body.String() != want {
		t.Errorf("stats: HTTP %d %s", rec.Code, rec.Body)
	}
	if rec := control(t, h, http.MethodGet, "/sandbox/numbers", ""); !strings.Contains(rec.Body.String(), "15551010001") {
		t.Errorf("numbers: %s", rec.Body)
	}
}

func TestControlRefusesNonsense(t *testing.T) {
	h := sandbox.New(sandbox.Config{}).Handler()
	for path, body := range map[string]string{
		"/sandbox/fault":    `{"hangs":true}`,
		"/sandbox/expiry/o": "tomorrow",
	} {
		if rec := control(t, h, http.MethodPut, path, body); rec.Code != http.StatusBadRequest {
			t.Errorf("%s: HTTP %d", path, rec.Code)
		}
	}
}
