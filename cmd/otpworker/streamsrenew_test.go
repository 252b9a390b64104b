package main

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"
)

func madeKeys(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "keys")
	if err := writeKeys(t.Output(), dir, []string{"nats"}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func readFile(t *testing.T, elem ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// A folder of a version that knew fewer roles gets the others, and keeps its keys.
func TestStreamsKeysAddRoles(t *testing.T) {
	for name, keepSeed := range map[string]bool{"none of it": false, "a seed of a run that was broken off": true} {
		t.Run(name, func(t *testing.T) {
			dir := madeKeys(t)
			public := filepath.Join(dir, "nats", "keys.conf")
			var earlier []string
			for line := range strings.Lines(readFile(t, public)) {
				if !strings.HasPrefix(line, "CONSOLE_NKEY") {
					earlier = append(earlier, line)
				}
			}
			if err := os.WriteFile(public, []byte(strings.Join(earlier, "")), 0o600); err != nil {
				t.Fatal(err)
			}
			worker, console := readFile(t, dir, "worker", "nkey"), readFile(t, dir, "console", "nkey")
			if !keepSeed {
				if err := os.RemoveAll(filepath.Join(dir, "console")); err != nil {
					t.Fatal(err)
				}
			}
			var text strings.Builder
			if err := writeKeys(&text, dir, []string{"nats"}); err != nil || !strings.Contains(text.String(), "added: console\n") {
				t.Fatalf("%v, said %q", err, text.String())
			}
			seed := readFile(t, dir, "console", "nkey")
			pair, err := nkeys.ParseDecoratedUserNKey([]byte(seed))
			if err != nil {
				t.Fatal(err)
			}
			key, err := pair.PublicKey()
			if now := readFile(t, public); err != nil || now != strings.Join(earlier, "")+"CONSOLE_NKEY: "+key+"\n" {
				t.Errorf("%v, keys.conf:\n%s", err, now)
			}
			if readFile(t, dir, "worker", "nkey") != worker || keepSeed != (seed == console) {
				t.Error("a seed that was there was not kept")
			}
			if readFile(t, dir, "console", "ca.crt") != readFile(t, dir, "worker", "ca.crt") {
				t.Error("the role has another authority than the others")
			}
		})
	}
}

// The certificate is made anew, for other hosts, and those who have the authority's
// believe it.
func TestStreamsRenew(t *testing.T) {
	dir := madeKeys(t)
	authority, keys := readFile(t, dir, "worker", "ca.crt"), readFile(t, dir, "nats", "keys.conf")
	former := readFile(t, dir, "nats", "tls.key")
	var out, errOut strings.Builder
	if code := run([]string{"streams", "--keys", dir, "--renew", "--hosts", "nats.otp.svc"}, strings.NewReader(""), &out, &errOut); code != exitOK {
		t.Fatalf("exit code %d: %s", code, errOut.String())
	}
	block, _ := pem.Decode([]byte(readFile(t, dir, "nats", "tls.crt")))
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(authority))
	chains, err := cert.Verify(x509.VerifyOptions{Roots: roots, DNSName: "nats.otp.svc", CurrentTime: time.Now().Add(700 * 24 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if ends := chains[0][1].NotAfter; time.Until(ends) < 9*365*24*time.Hour {
		t.Errorf("the authority ends %s", ends)
	}
	if readFile(t, dir, "nats", "keys.conf") != keys || readFile(t, dir, "nats", "tls.key") == former {
		t.Error("keys of roles were changed, or that of the certificate was not")
	}
	if err := os.Remove(filepath.Join(dir, "ca.key")); err != nil {
		t.Fatal(err)
	}
	if err := renewCert(t.Output(), dir, []string{"nats"}); err == nil || !strings.Contains(err.Error(), "read authority: open "+filepath.Join(dir, "ca.key")) {
		t.Errorf("without the authority's key: %v", err)
	}
}

// A certificate does not outlive its authority, such as one of an earlier version,
// which lasted as long as its first.
func TestStreamsRenewEndsWithTheAuthority(t *testing.T) {
	ca, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	ca.cert.NotAfter = time.Now().Add(30 * 24 * time.Hour)
	certPEM, _, err := ca.issue([]string{"nats"})
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(certPEM)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if want := ca.cert.NotAfter.UTC().Truncate(time.Second); !cert.NotAfter.Equal(want) {
		t.Errorf("ends %s, the authority %s", cert.NotAfter, want)
	}
}

// A pair that is no authority signs nothing that anybody would believe.
func TestStreamsRenewWantsAnAuthority(t *testing.T) {
	dir := madeKeys(t)
	for from, to := range map[string]string{"tls.crt": filepath.Join("nats", "ca.crt"), "tls.key": "ca.key"} {
		if err := os.WriteFile(filepath.Join(dir, to), []byte(readFile(t, dir, "nats", from)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := renewCert(t.Output(), dir, []string{"nats"}); err == nil || !strings.Contains(err.Error(), "are none that otpworker made") {
		t.Errorf("%v", err)
	}
}
