package worker

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
)

// A vector is one file of testdata/classify: what comes over the wire and the
// verdict it must become.
type vector struct {
	Why string `json:"why"`
	// HTTP is the raw answer; its body is written RepeatBody times.
	HTTP       string `json:"http"`
	RepeatBody int    `json:"repeatBody"`
	// Fault stands in place of an answer: drop closes the connection, refuse
	// listens to nobody, expired and cancelled end the call before it begins.
	Fault        string  `json:"fault"`
	Outcome      Outcome `json:"outcome"`
	Class        Class   `json:"class"`
	Scope        Scope   `json:"scope"`
	Reason       string  `json:"reason"`
	Status       string  `json:"status"`
	RetryAfterMS int64   `json:"retryAfterMs"`
}

func (v vector) verdict() Verdict {
	return Verdict{
		Outcome: v.Outcome, Class: v.Class, Scope: v.Scope, Reason: v.Reason, Status: v.Status,
		RetryAfter: time.Duration(v.RetryAfterMS) * time.Millisecond,
	}
}

func vectors(t *testing.T) map[string]vector {
	t.Helper()
	files, err := filepath.Glob("testdata/classify/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d vectors, %v", len(files), err)
	}
	all := map[string]vector{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var v vector
		strict := json.NewDecoder(bytes.NewReader(data))
		strict.DisallowUnknownFields()
		if err := strict.Decode(&v); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = v
	}
	return all
}

func TestClassifyVectors(t *testing.T) {
	for name, v := range vectors(t) {
		t.Run(name, func(t *testing.T) {
			err := v.send(t)
			if got := newTable(nil).classify(err); got != v.verdict() {
				t.Errorf("%s\ngot  %+v (%v)\nwant %+v", v.Why, got, err, v.verdict())
			}
			if got := ours(err, time.Time{}); got != (v.Fault == "cancelled") {
				t.Errorf("own cancel: %v", got)
			}
			if err != nil && strings.Contains(err.Error(), goodPhone) {
				t.Errorf("the error shows the number: %v", err)
			}
		})
	}
}

const goodPhone = "8613800138000"

func aSend() client.SendRuleRequest {
	return client.SendRuleRequest{AppID: "app1", Code: redact.NewCode("739154"), To: redact.NewPhone(goodPhone), OrderID: "o-1"}
}

func newProvider(t testing.TB, cfg client.Config) *client.Client {
	t.Helper()
	cfg.APIKey, cfg.APISecret = redact.NewSecret(sandbox.DefaultKey), redact.NewSecret(sandbox.DefaultSecret)
	c, err := client.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// send makes the real client's call against a listener that answers with the
// vector's bytes.
func (v vector) send(t *testing.T) error {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	switch v.Fault {
	case "refuse":
		_ = listener.Close()
	case "expired":
		ctx, cancel = context.WithDeadline(ctx, time.Now().Add(-time.Second))
		defer cancel()
	case "cancelled":
		cancel()
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		v.serve(listener)
	}()
	provider := newProvider(t, client.Config{BaseURL: "http://" + listener.Addr().String() + "/otp"})
	_, err = provider.SendRule(ctx, aSend())
	_ = listener.Close()
	<-served
	return err
}

// serve answers one request.
func (v vector) serve(listener net.Listener) {
	conn, err := listener.Accept()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	req, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, req.Body)
	if v.Fault == "drop" {
		return
	}
	head, body, _ := strings.Cut(v.HTTP, "\r\n\r\n")
	if strings.Contains(v.HTTP, "\r\n\r\n") {
		head += "\r\n\r\n"
	}
	_, _ = io.WriteString(conn, head+strings.Repeat(body, max(v.RepeatBody, 1)))
}

// Every row of the table has a vector, and no vector names what is no row.
func TestVectorsCoverTheTable(t *testing.T) {
	statuses := map[string]bool{}
	for _, r := range rules {
		statuses[r.Status] = true
	}
	// key is what tells a row: the status where it has one of its own.
	key := func(status, reason string, class Class, scope Scope) string {
		if !statuses[status] {
			status = ""
		}
		return strings.Join([]string{status, reason, string(class), string(scope)}, " ")
	}
	rows := map[string]int{}
	for _, r := range Rules() {
		rows[key(r.Status, r.Reason, r.Class, r.Scope)] = 0
	}
	for name, v := range vectors(t) {
		k := key(v.Status, v.Reason, v.Class, v.Scope)
		if _, ok := rows[k]; !ok {
			t.Errorf("%s: %q is no row of the table", name, k)
		}
		rows[k]++
	}
	for k, n := range rows {
		if n == 0 {
			t.Errorf("row %q has no vector", k)
		}
	}
}

// A call that is cut off after its request was written may have been sent,
// whoever cut it off.
func TestClassifyCutOff(t *testing.T) {
	for name, c := range map[string]struct {
		timeout, cancelAfter time.Duration
		own                  bool
	}{
		"by the call's timeout": {2 * time.Second, time.Hour, false},
		"by our own cancel":     {8 * time.Second, time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pipe, box := sandbox.Pipe(), sandbox.New(sandbox.Config{})
				go func() { _ = box.Serve(pipe) }()
				synctest.Wait()
				defer func() { _ = box.Close() }()
				box.SetFault(sandbox.Fault{Hang: true})
				provider := newProvider(t, client.Config{BaseURL: "http://localhost/otp", Dial: pipe.Dial, Timeout: c.timeout})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				defer time.AfterFunc(c.cancelAfter, cancel).Stop()
				_, err := provider.SendRule(ctx, aSend())
				if got := newTable(nil).classify(err); got != verdict(Unknown, ruleUnreachable) {
					t.Errorf("%+v (%v)", got, err)
				}
				if ours(err, time.Time{}) != c.own {
					t.Errorf("own cancel: %v (%v)", ours(err, time.Time{}), err)
				}
			})
		})
	}
}

// Errors are told apart by type: an error that nobody classified counts as one
// that may follow a send.
func TestClassifyUnknownError(t *testing.T) {
	if got := newTable(nil).classify(errors.New("call sendRule: nothing sent: refused")); got != verdict(Unknown, ruleUnreachable) {
		t.Errorf("%+v", got)
	}
}

// A request that the client did not make, since it is out of range, is the
// job's end: it would never be made, and nobody needs to be asked about it.
func TestClassifyInvalidRequest(t *testing.T) {
	err := fmt.Errorf("send: %w", &client.InvalidRequestError{Op: "sendRule", Faults: []client.Fault{{Field: "to", Problem: "is odd"}}})
	want := Verdict{Outcome: NotSent, Class: Permanent, Scope: ScopeJob, Reason: "invalid_parameter"}
	got := newTable(nil).classify(err)
	if got != want {
		t.Errorf("got %+v", got)
	}
	next := decide(got, situation{now: decideNow, expiresAt: decideNow.Add(time.Minute)})
	if next.do != conclude || next.outcome != schema.OutcomeRejected {
		t.Errorf("%s %s", next.do, next.outcome)
	}
}
