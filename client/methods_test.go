package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/client"
)

// byMethod is one endpoint of each HTTP method; what holds on the wire for
// SendRule holds for all of them.
func byMethod() map[string]endpoint {
	found := map[string]endpoint{}
	for _, e := range allEndpoints() {
		found[e.method] = e
	}
	return found
}

// TestNoRepeatOnAKeptConnection: the connection works once and breaks with the
// second request. net/http repeats a GET then, and must not.
func TestNoRepeatOnAKeptConnection(t *testing.T) {
	for method, e := range byMethod() {
		t.Run(method, func(t *testing.T) {
			var calls atomic.Int32
			url := serve(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				if calls.Add(1) > 1 {
					panic(http.ErrAbortHandler)
				}
				_, _ = io.WriteString(w, `{"status":"-18"}`)
			})
			c := newClient(t, client.Config{BaseURL: url + "/otp"})
			if _, err := e.call(t.Context(), c); err == nil {
				t.Fatal("accepted")
			}
			_, err := e.call(t.Context(), c)
			if _, ok := errors.AsType[*client.UnknownError](err); !ok || calls.Load() != 2 {
				t.Errorf("2 calls made %d requests: %v", calls.Load(), err)
			}
		})
	}
}

func TestNoRedirectIsFollowed(t *testing.T) {
	for method, e := range byMethod() {
		for _, status := range []int{301, 302, 303, 307, 308} {
			var calls atomic.Int32
			url := serve(t, func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				http.Redirect(w, r, "/elsewhere", status)
			})
			_, err := e.call(t.Context(), newClient(t, client.Config{BaseURL: url + "/otp"}))
			unknown, ok := errors.AsType[*client.UnknownError](err)
			if !ok || unknown.HTTPStatus != status || calls.Load() != 1 {
				t.Errorf("%s, HTTP %d: %d requests, %v", method, status, calls.Load(), err)
			}
		}
	}
}

// silent takes requests and never answers.
func silent(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() { _, _ = io.Copy(io.Discard, theirs) }()
	return ours, nil
}

func TestTimeoutOfEachMethod(t *testing.T) {
	for method, e := range byMethod() {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, client.Config{BaseURL: "http://localhost/otp", Dial: silent, Timeout: 5 * time.Second})
				start := time.Now()
				_, err := e.call(t.Context(), c)
				if _, ok := errors.AsType[*client.UnknownError](err); !ok || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 5*time.Second {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
			})
		})
	}
}

func TestNothingIsSentAfterTheEnd(t *testing.T) {
	for _, e := range allEndpoints() {
		t.Run(e.name, func(t *testing.T) {
			c := newClient(t, client.Config{BaseURL: serve(t, func(http.ResponseWriter, *http.Request) { t.Error("sent") }) + "/otp"})
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			for _, want := range []error{context.Canceled, client.ErrClosed} {
				_, err := e.call(ctx, c)
				if _, ok := errors.AsType[*client.NotSentError](err); !ok || !errors.Is(err, want) {
					t.Errorf("got %v, want %v", err, want)
				}
				c.Close()
			}
		})
	}
}

// TestLongAnswers: a list may be long, an answer about one thing may not, and
// a list ends somewhere too.
func TestLongAnswers(t *testing.T) {
	for _, e := range allEndpoints() {
		list := strings.HasSuffix(e.name, "_list")
		for limit, size := range map[string]int{"64 KiB": 65 << 10, "8192 KiB": 9 << 20} {
			if !list && limit != "64 KiB" {
				continue
			}
			t.Run(e.name+"/"+limit, func(t *testing.T) {
				_, err := answering(t, e, 200, `{"status":"0","data":null,"pad":"`+strings.Repeat("x", size)+`"}`)
				if list && limit == "64 KiB" {
					if err != nil {
						t.Error(err)
					}
					return
				}
				if _, ok := errors.AsType[*client.UnknownError](err); !ok || !strings.HasSuffix(err.Error(), "the answer is longer than "+limit) {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

func TestLongLists(t *testing.T) {
	for _, tc := range []struct{ name, item, fault string }{
		{"template_list", `{"templateId":1,"name":"a"}`, "the answer's list is longer than is read"},
		{"flow_list", `{"flowId":1,"name":"a"}`, "the answer's list is longer than is read"},
	} {
		for _, e := range allEndpoints() {
			if e.name != tc.name {
				continue
			}
			list := func(n int) string { return data(`[` + strings.TrimSuffix(strings.Repeat(tc.item+",", n), ",") + `]`) }
			if _, err := answering(t, e, 200, list(10_000)); err != nil {
				t.Errorf("%s of 10,000: %v", tc.name, err)
			}
			if _, err := answering(t, e, 200, list(10_001)); err == nil || !strings.HasSuffix(err.Error(), tc.fault) {
				t.Errorf("%s of 10,001: %v", tc.name, err)
			}
			big := data(`[{"name":"` + strings.Repeat("x", 70<<10) + `"}]`)
			if _, err := answering(t, e, 200, big); err == nil || !strings.HasSuffix(err.Error(), "an entry of more than 64 KiB") {
				t.Errorf("%s with a big entry: %v", tc.name, err)
			}
		}
	}
	nodes := data(`{"flowId":1,"flow":[` + strings.TrimSuffix(strings.Repeat(`{"status":1},`, 121), ",") + `]}`)
	if flow, err := ask(t, nodes).FlowDetails(t.Context(), "1"); err == nil {
		t.Errorf("a flow of %d nodes", len(flow.Flow))
	}
	long := data(`{"templateId":1,"text":"` + strings.Repeat("x", 4097) + `"}`)
	if template, err := ask(t, long).TemplateDetails(t.Context(), "1"); err == nil {
		t.Errorf("a text of %d bytes", len(template.Text))
	}
}

func TestOtherIDsAnswer(t *testing.T) {
	for name, body := range map[string]string{
		"app_update": `{"appId":"other"}`, "app_details": `{"appId":"other"}`,
		"template_update": `{"templateId":24}`, "template_details": `{"templateId":24}`,
		"flow_update": `{"flowId":13}`, "flow_details": `{"flowId":13}`,
	} {
		for _, e := range allEndpoints() {
			if e.name != name {
				continue
			}
			_, err := answering(t, e, 200, data(body))
			if _, ok := errors.AsType[*client.UnknownError](err); !ok {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
}

// TestBalanceIsAtTheRoot whatever the base URL's path.
func TestBalanceIsAtTheRoot(t *testing.T) {
	for _, path := range []string{"", "/", "/otp", "/a/b/otp/"} {
		var got string
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			got = r.URL.Path
			_, _ = io.WriteString(w, `{"status":"0","balance":"1"}`)
		})
		if b, err := newClient(t, client.Config{BaseURL: url + path}).Balance(t.Context()); err != nil || b.Balance != "1" || got != "/sms/getBalance" {
			t.Errorf("%q: asked %s: %+v, %v", path, got, b, err)
		}
	}
}
