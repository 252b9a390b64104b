package client

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/schema/redact"
)

type traceKey struct{}

// What Propagate names goes along, and nothing of it can change the request.
func TestPropagate(t *testing.T) {
	var got http.Header
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		_, _ = w.Write([]byte(`{"status":"0","data":{"matched":"3"}}`))
	}))
	defer provider.Close()
	ask := func(propagate func(context.Context, http.Header)) http.Header {
		cfg := DefaultConfig()
		cfg.BaseURL, cfg.APIKey, cfg.APISecret = provider.URL, redact.NewSecret("key"), redact.NewSecret("secret")
		cfg.Propagate = propagate
		c, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		ctx := context.WithValue(t.Context(), traceKey{}, "00-1-2-01")
		if _, err := c.RecordByOrderID(ctx, RecordByOrderIDRequest{AppID: "app1", OrderID: "o1"}); err != nil {
			t.Fatal(err)
		}
		return got
	}
	plain := ask(nil)
	with := ask(func(ctx context.Context, h http.Header) {
		h.Set("Traceparent", ctx.Value(traceKey{}).(string))
		h.Set("Sign", "mine")
		h.Set("content-length", "3")
		h["bad name"] = []string{"x"}
		h["Bad-Value"] = []string{"x\r\nHost: elsewhere"}
	})
	want := maps.Clone(plain)
	want.Set("Traceparent", "00-1-2-01")
	for _, h := range []http.Header{want, with} {
		h.Del("Timestamp")
		if h.Get("Sign") == "" || h.Get("Sign") == "mine" {
			t.Errorf("signature %q", h.Get("Sign"))
		}
		h.Del("Sign")
	}
	if diff := cmp.Diff(want, with); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}
