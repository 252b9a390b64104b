package queue_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/otpworker/otpworker/worker/queue"
)

// A signer is a certificate authority of a test.
type signer struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newSigner(t *testing.T) *signer {
	t.Helper()
	s := &signer{t: t, key: newKey(t)}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, s.key.Public(), s.key)
	if err == nil {
		s.cert, err = x509.ParseCertificate(der)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// write puts the authority's certificate into a file.
func (s *signer) write(path string) string {
	s.t.Helper()
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert.Raw})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// issue makes a certificate for a host or an address.
func (s *signer) issue(host string, notAfter time.Time) tls.Certificate {
	s.t.Helper()
	key := newKey(s.t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotAfter: notAfter, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, s.cert, key.Public(), s.key)
	if err != nil {
		s.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// serveTLS starts a server with this certificate, or without TLS if it is nil.
func serveTLS(t *testing.T, port int, cert *tls.Certificate) *server.Server {
	t.Helper()
	opts := &server.Options{Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true}
	if cert != nil {
		opts.TLSConfig, opts.TLSTimeout = &tls.Config{Certificates: []tls.Certificate{*cert}, MinVersion: tls.VersionTLS12}, 5
	}
	srv, err := server.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	if !srv.ReadyForConnections(limit) {
		t.Fatal("server not ready")
	}
	return srv
}

// The server's certificate is verified, whoever asks for TLS; and who has asked
// for it does not go on without.
func TestTLSIsVerified(t *testing.T) {
	trusted, strange := newSigner(t), newSigner(t)
	ca := trusted.write(filepath.Join(t.TempDir(), "ca.crt"))
	hour := time.Now().Add(time.Hour)
	good, foreign := trusted.issue("127.0.0.1", hour), strange.issue("127.0.0.1", hour)
	otherHost, over := trusted.issue("nats.example", hour), trusted.issue("127.0.0.1", time.Now().Add(-time.Minute))
	for name, c := range map[string]struct {
		cert   *tls.Certificate
		scheme string
		ca     string
		want   string // of the error; empty: connected
	}{
		"trusted":                            {&good, "tls", ca, ""},
		"trusted, the URL says nats":         {&good, "nats", ca, ""},
		"without an authority":               {&good, "tls", "", "unknown authority"},
		"the server alone asks for TLS":      {&good, "nats", "", "unknown authority"},
		"another authority":                  {&foreign, "tls", ca, "unknown authority"},
		"another host":                       {&otherHost, "tls", ca, "127.0.0.1"},
		"expired":                            {&over, "tls", ca, "expired"},
		"no TLS, no authority":               {nil, "tls", "", nats.ErrSecureConnWanted.Error()},
		"no TLS where it is asked for":       {nil, "tls", ca, nats.ErrSecureConnWanted.Error()},
		"no TLS where there is an authority": {nil, "nats", ca, nats.ErrSecureConnWanted.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			srv := serveTLS(t, server.RANDOM_PORT, c.cert)
			cfg := queue.DefaultConfig()
			cfg.URL, cfg.CA = c.scheme+"://"+srv.Addr().String(), c.ca
			q, err := queue.Connect(t.Context(), cfg)
			if err == nil {
				closeQueue(t, q)
			}
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if errors.Is(err, queue.ErrUnreachable) {
				t.Errorf("a server that is not trusted is not unreachable: %v", err)
			}
		})
	}
}

// The authority is read again for each connection: it can be changed while the
// process runs.
func TestCAIsReadAgain(t *testing.T) {
	first, second := newSigner(t), newSigner(t)
	ca := first.write(filepath.Join(t.TempDir(), "ca.crt"))
	hour := time.Now().Add(time.Hour)
	before, after := first.issue("127.0.0.1", hour), second.issue("127.0.0.1", hour)
	srv := serveTLS(t, server.RANDOM_PORT, &before)
	back := make(chan struct{}, 1)
	cfg := queue.DefaultConfig()
	cfg.URL, cfg.CA = "tls://"+srv.Addr().String(), ca
	cfg.Options = []nats.Option{nats.ReconnectHandler(func(*nats.Conn) { back <- struct{}{} })}
	q := connect(t, cfg)
	defer closeQueue(t, q)
	port := srv.Addr().(*net.TCPAddr).Port
	srv.Shutdown()
	srv.WaitForShutdown()
	second.write(ca)
	serveTLS(t, port, &after)
	select {
	case <-back:
	case <-time.After(limit):
		t.Fatal("not connected again")
	}
}

// Without TLS jobs travel in the clear, which matters where they leave the machine.
func TestOnThisMachine(t *testing.T) {
	for address, want := range map[string]bool{
		"nats://127.0.0.1:4222": true, "nats://localhost:4222": true, "nats://[::1]:4222": true, "tls://127.8.0.1": true,
		"nats://n1:4222": false, "nats://10.0.0.1:4222": false, "nats://localhost.example:4222": false, "": false, "nats://a b": false,
	} {
		if got := queue.OnThisMachine(address); got != want {
			t.Errorf("%q: %v", address, got)
		}
	}
}

func TestCheckTellsOfTLS(t *testing.T) {
	s := newSigner(t)
	cert := s.issue("127.0.0.1", time.Now().Add(time.Hour))
	cfg := queue.DefaultConfig()
	cfg.CA = s.write(filepath.Join(t.TempDir(), "ca.crt"))
	cfg.URL = "tls://" + serveTLS(t, server.RANDOM_PORT, &cert).Addr().String()
	q := connect(t, cfg)
	defer closeQueue(t, q)
	if s := q.Check(t.Context(), queue.Use{}).Server; s.Clear || s.URL == "" {
		t.Errorf("with TLS: %+v", s)
	}
}
