package client_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema/redact"
)

// canaries are what no output may show.
var canaries = []string{"bDqJFiq9", "7bz1lzh9", "739154", "8613800138000"}

func checkClean(t *testing.T, what string, values ...any) {
	t.Helper()
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			out := fmt.Sprintf(verb, v)
			for _, c := range canaries {
				if strings.Contains(out, c) || strings.Contains(out, fmt.Sprintf("%x", c)) {
					t.Errorf("%s, %s, shows %q: %s", what, verb, c, out)
				}
			}
		}
	}
}

func TestValuesShowNoSecret(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"status":"0","data":{"verificationId":"42","to":"8613800138000"}}`)
	})
	c := newClient(t, client.Config{BaseURL: url})
	resp, err := c.SendRule(t.Context(), send())
	if err != nil {
		t.Fatal(err)
	}
	cfg := client.DefaultConfig()
	cfg.APIKey, cfg.APISecret = redact.NewSecret("bDqJFiq9"), redact.NewSecret("7bz1lzh9")
	r := send()
	checkClean(t, "client", c)
	checkClean(t, "config", cfg, &cfg)
	checkClean(t, "request", r, &r)
	checkClean(t, "response", resp, &resp)
}

// TestEndpointsShowNoSecret: requests that hold a code or a number, answers
// that quote them everywhere, and the errors after them.
func TestEndpointsShowNoSecret(t *testing.T) {
	number, code := redact.NewPhone("8613800138000"), redact.NewCode("739154")
	checkClean(t, "requests",
		client.SendRequest{To: number}, &client.SendRequest{To: number},
		client.VerifyRequest{Code: code}, &client.VerifyRequest{Code: code},
		client.CodeUsed{Number: number}, &client.CodeUsed{Number: number},
	)
	quote := strings.Join(canaries, " ")
	for _, answer := range []string{
		`{"status":"-28","reason":"` + quote + `","data":{"x":"` + quote + `"}}`,
		`{"status":"0","data":{"to":"8613800138000","reason":"` + quote + `","` + quote + `":1,"name":{"` + quote + `":1},"flow":"` + quote + `",
			"verifications":{"oriReceiver":"8613800138000"},"sms":{"status":1,"reason":"` + quote + `"},
			"call":{"terminationReason":"` + quote + `","displayNum":"8613800138000"}},"balance":{"x":"` + quote + `"}}`,
	} {
		for _, e := range allEndpoints() {
			got, err := answering(t, e, 200, answer)
			checkClean(t, e.name, got, err)
		}
	}
}

// TestErrorsShowNoSecret lets the other side quote the request wherever HTTP
// has room for it.
func TestErrorsShowNoSecret(t *testing.T) {
	quote := strings.Join(canaries, " ")
	for name, answer := range map[string]string{
		"no HTTP":       quote + "\r\n\r\n",
		"status line":   "HTTP/1.1 " + quote + "\r\n\r\n",
		"status code":   "HTTP/1.1 8613800138000 OK\r\n\r\n",
		"header":        "HTTP/1.1 200 OK\r\n" + quote + "\r\n\r\n",
		"length":        "HTTP/1.1 200 OK\r\nContent-Length: 8613800138000x\r\n\r\n",
		"chunk":         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8613800138000z\r\n",
		"encoding":      "HTTP/1.1 200 OK\r\nTransfer-Encoding: 8613800138000\r\n\r\n",
		"reason phrase": "HTTP/1.1 500 " + quote + "\r\nContent-Length: 0\r\n\r\n",
		"reason":        reply(`{"status":"-28","reason":"` + quote + `"}`),
		"status":        reply(`{"status":"8613800138000"}`),
		"garbage":       reply(quote),
		"cut":           "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + quote,
		"location":      "HTTP/1.1 307 X\r\nLocation: http://" + quote + "\r\nContent-Length: 0\r\n\r\n",
		"nothing":       "",
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, client.Config{BaseURL: rawServer(t, answer)})
			_, err := c.SendRule(t.Context(), send())
			if err == nil {
				t.Fatal("accepted")
			}
			for e := err; e != nil; {
				checkClean(t, "error", e)
				wrapped, ok := e.(interface{ Unwrap() error })
				if !ok {
					break
				}
				e = wrapped.Unwrap()
			}
		})
	}
}

func reply(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// rawServer answers one request per connection with the given bytes.
func rawServer(t *testing.T, answer string) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 4096)) // the request is one packet
			_, _ = io.WriteString(c, answer)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return "http://" + l.Addr().String()
}
