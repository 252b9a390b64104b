package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema/redact"
)

// TestProviderScript runs the provider commands against a sandbox, with a relay
// between them that writes down what is written: see testdata/provider.
func TestProviderScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "provider"),
		RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			begin(env)
			env.Values[relayKey{}] = &relay{lose: map[string]string{}}
			env.Setenv("HOME", env.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   cmdExits,
			"waitfor": cmdWaitfor,
			"sandbox": cmdSandbox,
			"fault":   cmdFault,
			"stats":   cmdStats,
			"hides":   cmdHides,
			"relay":   cmdRelay,
			"wrote":   cmdWrote,
			"lose":    cmdLose,
			"sent":    cmdSent,
			"advance": cmdAdvance,
			"start":   cmdStart,
			"worker":  cmdWorker,
		},
	})
}

// A relay stands between a script's commands and the sandbox.
type relay struct {
	to http.Handler

	mu    sync.Mutex
	wrote []string          // "PUT app/update/app0001", what only reads left out
	lose  map[string]string // "before", "after" or "busy", by the call
}

type relayKey struct{}

func (r *relay) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	call := req.Method + " " + strings.TrimPrefix(req.URL.Path, "/otp/")
	r.mu.Lock()
	if req.Method != http.MethodGet {
		r.wrote = append(r.wrote, call)
	}
	lose := r.lose[call]
	delete(r.lose, call)
	r.mu.Unlock()
	if lose == "" {
		r.to.ServeHTTP(w, req)
		return
	}
	if lose == "busy" {
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	if lose == "after" {
		r.to.ServeHTTP(httptest.NewRecorder(), req)
	}
	panic(http.ErrAbortHandler)
}

// relay puts a relay before the sandbox, under its address.
func cmdRelay(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg && len(args) == 0, "relay")
	to, err := url.Parse(ts.Getenv("OTPWORKER_PROVIDER_URL"))
	ts.Check(err)
	r := relayOf(ts)
	r.to = httputil.NewSingleHostReverseProxy(&url.URL{Scheme: to.Scheme, Host: to.Host})
	server := httptest.NewServer(r)
	ts.Defer(server.Close)
	ts.Setenv("OTPWORKER_PROVIDER_URL", server.URL+to.Path)
}

func relayOf(ts *testscript.TestScript) *relay { return ts.Value(relayKey{}).(*relay) }

// wrote CALL... checks what was called since it was asked last, reads left out.
func cmdWrote(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg, "wrote CALL...")
	r := relayOf(ts)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.wrote, args) {
		ts.Fatalf("written was %q, want %q", r.wrote, args)
	}
	r.wrote = nil
}

// lose {before|after|busy} CALL loses the call, or its answer, or turns it away,
// once.
func cmdLose(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg && len(args) == 2, "lose {before|after|busy} CALL")
	r := relayOf(ts)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lose[args[1]] = args[0]
}

// sent ORDER_ID [NUMBER] sends a code and sets VERIFICATION_ID.
func cmdSent(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg && (len(args) == 1 || len(args) == 2), "sent ORDER_ID [NUMBER]")
	c, err := client.New(client.Config{
		BaseURL: ts.Getenv("OTPWORKER_PROVIDER_URL"),
		APIKey:  redact.NewSecret(ts.Getenv("OTPWORKER_API_KEY")), APISecret: redact.NewSecret(ts.Getenv("OTPWORKER_API_SECRET")),
	})
	ts.Check(err)
	defer c.Close()
	r := client.SendRuleRequest{AppID: "myapp01", Code: redact.NewCode(deadCode), To: redact.NewPhone(deadNumber), OrderID: args[0]}
	if len(args) == 2 {
		r.To = redact.NewPhone(args[1])
	}
	resp, err := c.SendRule(context.Background(), r)
	ts.Check(err)
	ts.Setenv("VERIFICATION_ID", resp.VerificationID)
}

// advance DURATION moves the sandbox's clock.
func cmdAdvance(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg && len(args) == 1, "advance DURATION")
	resp, err := http.Post(ofSandbox(ts, "clock"), "application/json", strings.NewReader(`{"advance":"`+args[0]+`"}`))
	ts.Check(err)
	ts.Check(resp.Body.Close())
	if resp.StatusCode != http.StatusOK {
		ts.Fatalf("sandbox: %s", resp.Status)
	}
}
