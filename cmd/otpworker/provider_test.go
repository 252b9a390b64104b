package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/otpworker/otpworker/client"
)

// provide runs a command against a provider that answers everything with body.
func provide(t *testing.T, body string, args ...string) (code int, out, errOut string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, body)
	}))
	defer server.Close()
	t.Setenv("OTPWORKER_PROVIDER_URL", server.URL+"/otp")
	t.Setenv("OTPWORKER_API_KEY", "key")
	t.Setenv("OTPWORKER_API_SECRET", "secret")
	var stdout, stderr bytes.Buffer
	code = run(append([]string{"provider"}, args...), strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// An answer that accepts and has no verdict, or one that is not known, is no
// match.
func TestProviderVerifyWithoutMatch(t *testing.T) {
	for body, want := range map[string]string{
		`{"status":"0"}`:                          "missing",
		`{"status":"0","data":{"matched":null}}`:  "missing",
		`{"status":"0","data":{"matched":""}}`:    "missing",
		`{"status":"0","data":{"matched":false}}`: "missing",
		`{"status":"0","data":{"matched":6}}`:     "verdict 6",
		`{"status":"0","data":{"matched":-1}}`:    "not verified",
	} {
		code, out, errOut := provide(t, body, "verify", "42", "--code", "739154")
		if code != exitNo || !strings.Contains(out, want) || errOut != "otpworker: the code is not right: "+want+"\n" {
			t.Errorf("%s: exit code %d\n%s%s", body, code, out, errOut)
		}
	}
}

// What the provider tells is text, whatever it does to a terminal, and the
// number in it is masked.
func TestProviderTextIsText(t *testing.T) {
	const answer = `{"status":"0","data":{"appId":"app1","name":"a\u001b[2Jb\tc\nd\u009be 8613800138000","verificationId":"42","orderId":"8613800138000-1",
		"verifications":{"matched":-1,"oriReceiver":"8613800138000","channel":"sms"},"sms":{"status":0,"sender":"8613800138000","submitTm":"\u001b[2J"}}}`
	for _, args := range [][]string{{"app", "get", "app1"}, {"record", "42"}} {
		for _, output := range []string{"table", "json", "yaml"} {
			code, out, errOut := provide(t, answer, append(args, "-o", output)...)
			if code != exitOK || out == "" || strings.ContainsAny(out, "\x1b\t\u009b") {
				t.Errorf("%s %s: exit code %d\n%q\n%s", args, output, code, out, errOut)
			}
			if args[0] == "record" && (strings.Contains(out, "8613800138000") || !strings.Contains(out, "***8000-1")) {
				t.Errorf("%s %s:\n%s", args, output, out)
			}
		}
	}
}

// Each status that a person can mend is explained.
func TestProviderRefusals(t *testing.T) {
	for status, mend := range refusals {
		code, _, errOut := provide(t, `{"status":"`+status+`"}`, "balance")
		want := exitFailed
		if status == client.StatusSystemError {
			want = exitTimeout
		}
		if code != want || !strings.HasSuffix(errOut, "\nStatus "+status+": "+mend+"\n") {
			t.Errorf("%s: exit code %d\n%s", status, code, errOut)
		}
	}
}

func TestReadableCells(t *testing.T) {
	for text, want := range map[string]string{"": "-", "a b": "a b", " a": `" a"`, "a\nb": `"a\nb"`, `a"b`: `"a\"b"`, "ü": "ü"} {
		if got := readable(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if got := strings.Join(columns([]string{"A", "B"}, []string{"long\nline", ""}), "|"); got != `A             B|"long\nline"  -` {
		t.Error(got)
	}
}
