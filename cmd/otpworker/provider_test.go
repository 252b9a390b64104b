package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
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
		if code != exitNo || !strings.Contains(out, want) || errOut != "otpworker: not accepted: "+want+"\n" {
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

// Each status of package client is explained, and what proves nothing is as
// good as a lost answer unless it was only to be read.
func TestProviderRefusals(t *testing.T) {
	for _, status := range statuses(t) {
		for _, args := range [][]string{{"balance"}, {"resend", "42"}} {
			refused := &client.RefusedError{Op: args[0], Status: status}
			code, _, errOut := provide(t, `{"status":"`+status+`"}`, args...)
			want, end := exitFailed, ""
			if !refused.NothingDone() {
				want, end = exitTimeout, "\n"+provesNothing
			}
			if args[0] == "balance" && want != exitFailed {
				t.Errorf("balance %s: nothing was to be done", status)
			}
			mend := refusals[status]
			if status == client.StatusDataExists && args[0] == "resend" {
				mend = "the order id has been used: otpworker provider record shows what became of it"
			}
			if code != want || mend == "" || !strings.HasSuffix(errOut, "\nStatus "+status+": "+mend+end+"\n") {
				t.Errorf("%s %s: exit code %d\n%s", args[0], status, code, errOut)
			}
		}
	}
	code, _, errOut := provide(t, `{"status":"-30"}`, "resend", "42")
	if code != exitTimeout || !strings.HasSuffix(errOut, "refused with status -30\n"+provesNothing+"\n") {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
}

// statuses are those that package client names, but for the one that is no
// refusal.
func statuses(t *testing.T) (all []client.Status) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "client", "status.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok {
			status, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			if status != client.StatusOK {
				all = append(all, status)
			}
		}
		return true
	})
	if len(all) < 16 {
		t.Fatalf("only %q", all)
	}
	return all
}

// A base URL without its path leads to a page that is not there.
func TestProviderWrongPath(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	t.Setenv("OTPWORKER_PROVIDER_URL", server.URL)
	t.Setenv("OTPWORKER_API_KEY", "key")
	t.Setenv("OTPWORKER_API_SECRET", "secret")
	var out, errOut bytes.Buffer
	code := run([]string{"provider", "resend", "42"}, strings.NewReader(""), &out, &errOut)
	if code != exitFailed || !strings.Contains(errOut.String(), "check the path of OTPWORKER_PROVIDER_URL") {
		t.Errorf("exit code %d\n%s", code, errOut.String())
	}
}

// The number of a code that was used reaches the provider, and nobody else.
func TestProviderReportUsedNumber(t *testing.T) {
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		body = string(data)
		_, _ = io.WriteString(w, `{"status":"0"}`)
	}))
	defer server.Close()
	t.Setenv("OTPWORKER_PROVIDER_URL", server.URL)
	t.Setenv("OTPWORKER_API_KEY", "key")
	t.Setenv("OTPWORKER_API_SECRET", "secret")
	var out, errOut bytes.Buffer
	code := run([]string{"provider", "report", "used", "42", "--app", "app1", "--number", "8613800138000"}, strings.NewReader(""), &out, &errOut)
	if code != exitOK || !strings.Contains(body, `"number":"8613800138000"`) || strings.Contains(out.String()+errOut.String(), "8613800138000") {
		t.Errorf("exit code %d, %s\n%s%s", code, body, out.String(), errOut.String())
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
