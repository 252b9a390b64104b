package client

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

// tlsServer speaks HTTP/2 too, to those who ask for it.
func tlsServer(t *testing.T) (*httptest.Server, *string) {
	t.Helper()
	proto := new(string)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*proto = r.Proto
		_, _ = io.WriteString(w, `{"status":"0"}`)
	}))
	srv.EnableHTTP2 = true
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv, proto
}

func tlsClient(t *testing.T, url string) *Client {
	t.Helper()
	cfg := validConfig()
	cfg.BaseURL, cfg.Timeout = url, 10*time.Second
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func validSend() SendRuleRequest {
	return SendRuleRequest{AppID: "app1", Code: redact.NewCode("739154"), To: redact.NewPhone("8613800138000")}
}

func TestTLS(t *testing.T) {
	srv, proto := tlsServer(t)
	c := tlsClient(t, srv.URL)
	c.tls.RootCAs = x509.NewCertPool()
	c.tls.RootCAs.AddCert(srv.Certificate())
	if _, err := c.SendRule(t.Context(), validSend()); err != nil {
		t.Fatal(err)
	}
	if *proto != "HTTP/1.1" {
		t.Errorf("spoke %s", *proto)
	}
}

func TestTLSRefusesAStranger(t *testing.T) {
	srv, proto := tlsServer(t)
	_, err := tlsClient(t, srv.URL).SendRule(t.Context(), validSend())
	if _, ok := errors.AsType[*NotSentError](err); !ok {
		t.Fatalf("got %v", err)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); !ok {
		t.Errorf("the cause is lost: %v", err)
	}
	if *proto != "" {
		t.Error("the request was sent to a server without a trusted certificate")
	}
}

// A certificate that is trusted is not enough: it has to be the provider's, and the
// protocol one that is still safe.
func TestTLSRefusesAnotherHostAndOldTLS(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*httptest.Server)
		host   string
		cause  func(error) bool
	}{
		"another host": {func(*httptest.Server) {}, "localhost", func(err error) bool {
			_, ok := errors.AsType[x509.HostnameError](err)
			return ok
		}},
		"TLS 1.1": {func(s *httptest.Server) {
			s.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
		}, "127.0.0.1", func(err error) bool {
			return strings.Contains(err.Error(), "protocol version")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			met := false
			srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { met = true }))
			srv.Config.ErrorLog = log.New(io.Discard, "", 0)
			c.change(srv)
			srv.StartTLS()
			t.Cleanup(srv.Close)
			_, port, err := net.SplitHostPort(srv.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			client := tlsClient(t, "https://"+net.JoinHostPort(c.host, port))
			client.tls.RootCAs = x509.NewCertPool()
			client.tls.RootCAs.AddCert(srv.Certificate())
			_, err = client.SendRule(t.Context(), validSend())
			if _, ok := errors.AsType[*NotSentError](err); !ok || !c.cause(err) {
				t.Errorf("got %v", err)
			}
			if met {
				t.Error("the request was sent")
			}
		})
	}
}
