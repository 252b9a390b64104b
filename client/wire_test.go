package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema/redact"
)

// newClient is for servers on loopback; cfg's zero fields are filled in.
func newClient(t testing.TB, cfg client.Config) *client.Client {
	t.Helper()
	cfg.APIKey, cfg.APISecret = redact.NewSecret("bDqJFiq9"), redact.NewSecret("7bz1lzh9")
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	c, err := client.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func serve(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

func send() client.SendRuleRequest {
	return client.SendRuleRequest{
		AppID: "app1", Code: redact.NewCode("739154"), To: redact.NewPhone("8613800138000"), OrderID: "o-1",
	}
}

func TestRequestOnTheWire(t *testing.T) {
	var got *http.Request
	var body string
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, body = r, string(b)
		_, _ = io.WriteString(w, `{"status":"0","data":{"verificationId":"42"}}`)
	})
	c := newClient(t, client.Config{BaseURL: url + "/otp/"})
	resp, err := c.SendRule(t.Context(), send())
	if err != nil || resp.VerificationID != "42" {
		t.Fatalf("%+v, %v", resp, err)
	}
	if got.Method != "POST" || got.URL.Path != "/otp/verification/sendRule" || got.Proto != "HTTP/1.1" {
		t.Errorf("%s %s %s", got.Method, got.URL, got.Proto)
	}
	timestamp := got.Header.Get("Timestamp")
	want := http.Header{
		"Content-Type":   {"application/json;charset=UTF-8"},
		"Content-Length": {"69"},
		"Api-Key":        {"bDqJFiq9"},
		"Timestamp":      {timestamp},
		"Sign":           {client.Sign(redact.NewSecret("bDqJFiq9"), redact.NewSecret("7bz1lzh9"), timestamp)},
		"User-Agent":     {"otpworker"},
	}
	if diff := cmp.Diff(want, got.Header); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if body != `{"appId":"app1","code":"739154","to":"8613800138000","orderId":"o-1"}` {
		t.Errorf("body %s", body)
	}
}

// TestOneCallOneRequest counts what arrives when the answer invites a repeat.
func TestOneCallOneRequest(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"redirect 307": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
		},
		"redirect 303": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
		},
		"drop": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"503":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) },
		"408 and close": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Connection", "close")
			w.WriteHeader(408)
		},
		"cookie": func(w http.ResponseWriter, r *http.Request) {
			if len(r.Cookies()) > 0 {
				t.Error("a cookie came back")
			}
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			url := serve(t, func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				_, _ = io.Copy(io.Discard, r.Body)
				answer(w, r)
			})
			c := newClient(t, client.Config{BaseURL: url})
			for n := range int32(3) { // the later ones go over kept connections
				_, err := c.SendRule(t.Context(), send())
				if err == nil {
					t.Fatal("accepted")
				}
				if calls.Load() != n+1 {
					t.Fatalf("%d calls made %d requests", n+1, calls.Load())
				}
			}
		})
	}
}

func TestLongBodyIsNotRead(t *testing.T) {
	long := `{"status":"0","reason":"` + strings.Repeat("x", 2<<20) + `"}`
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, long) })
	c := newClient(t, client.Config{BaseURL: url})
	for range 2 {
		_, err := c.SendRule(t.Context(), send())
		unknown, ok := errors.AsType[*client.UnknownError](err)
		if !ok || unknown.HTTPStatus != 200 || !strings.Contains(err.Error(), "longer than 64 KiB") {
			t.Fatalf("got %v", err)
		}
	}
}

func TestConnectionsAreReused(t *testing.T) {
	answers := map[string]http.HandlerFunc{
		"accepted": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"status":"0"}`) },
		"refused":  func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"status":"-28"}`) },
		"500":      func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 500) },
		"garbage":  func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `<html>`) },
		"chunked": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat(" ", 32<<10)+`{"status":"0"}`)
		},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			var conns sync.Map
			url := serve(t, func(w http.ResponseWriter, r *http.Request) {
				conns.Store(r.RemoteAddr, true)
				_, _ = io.Copy(io.Discard, r.Body)
				answer(w, r)
			})
			c := newClient(t, client.Config{BaseURL: url})
			for range 20 {
				_, _ = c.SendRule(t.Context(), send())
			}
			n := 0
			conns.Range(func(any, any) bool { n++; return true })
			if n != 1 {
				t.Errorf("20 calls took %d connections", n)
			}
		})
	}
}

func TestClosedClient(t *testing.T) {
	c := newClient(t, client.Config{BaseURL: serve(t, func(http.ResponseWriter, *http.Request) {})})
	c.Close()
	c.Close()
	_, err := c.SendRule(context.Background(), send())
	if _, ok := errors.AsType[*client.NotSentError](err); !ok || !errors.Is(err, client.ErrClosed) {
		t.Fatalf("got %v", err)
	}
}

func TestRecordNeedsAnOrderID(t *testing.T) {
	c := newClient(t, client.Config{BaseURL: serve(t, func(http.ResponseWriter, *http.Request) { t.Error("asked without an orderId") })})
	_, err := c.RecordByOrderID(t.Context(), client.RecordByOrderIDRequest{AppID: "app1"})
	if _, ok := errors.AsType[*client.InvalidRequestError](err); !ok {
		t.Fatalf("got %v", err)
	}
}

func TestRecordOfAnotherOrderID(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"status":"0","data":{"orderId":"o-2","sms":[{"status":0}]}}`)
	})
	c := newClient(t, client.Config{BaseURL: url})
	_, err := c.RecordByOrderID(t.Context(), client.RecordByOrderIDRequest{AppID: "app1", OrderID: "o-1"})
	if _, ok := errors.AsType[*client.UnknownError](err); !ok {
		t.Fatalf("another order's record proves a send: %v", err)
	}
}
