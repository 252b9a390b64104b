package queue

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/schema"
)

func TestCloudEventHeaders(t *testing.T) {
	got := map[string]string{}
	headers := cloudEvent(schema.Result{
		ID: "res-j1", JobID: "j1", AppID: "app1", Outcome: schema.OutcomeSent,
		CompletedAt: time.Date(2026, 1, 2, 16, 4, 5, 600e6, time.FixedZone("", 3600)),
	})
	for _, h := range headers {
		got[h.key] = h.value
	}
	want := map[string]string{
		"ce-specversion": "1.0", "ce-id": "res-j1", "ce-source": "/otpworker/app1", "ce-subject": "j1",
		"ce-type": "io.github.otpworker.v1.result.sent", "ce-time": "2026-01-02T15:04:05.6Z",
		"ce-datacontenttype": "application/json", "content-type": "application/json",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(headers) > maxHeaders-usualHeaders {
		t.Errorf("%d headers, a request has room for %d", len(headers), maxHeaders-usualHeaders)
	}
	for _, h := range cloudEvent(schema.Result{ID: "res-seq-7", Outcome: schema.OutcomeInvalid}) {
		if h.key == "ce-subject" {
			t.Error("an empty attribute was written")
		}
	}
}

// A library may publish a result with any id: it must not become a header line.
func TestHeaderValue(t *testing.T) {
	for in, want := range map[string]string{
		"res-j1":     "res-j1",
		"a b":        "a%20b",
		"50%\"":      "50%25%22",
		"x\r\nce: y": "x%0D%0Ace:%20y",
		"Ä\x7f":      "%C3%84%7F",
		"":           "",
	} {
		if got := headerValue(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}
