package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/worker/doctor"
	"github.com/otpworker/otpworker/worker/queue"
)

// clean takes every variable of ours away and sets those given.
func clean(t *testing.T, vars map[string]string) {
	t.Helper()
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, envPrefix) || strings.HasPrefix(name, "NATS_") {
			t.Setenv(name, "")
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	for name, value := range vars {
		t.Setenv(name, value)
	}
}

// withSandbox adds what a client of a new sandbox needs.
func withSandbox(t *testing.T, vars map[string]string) map[string]string {
	t.Helper()
	box := httptest.NewServer(sandbox.New(sandbox.Config{}).Handler())
	t.Cleanup(box.Close)
	all := map[string]string{
		"OTPWORKER_PROVIDER_URL": box.URL + "/otp", "OTPWORKER_API_KEY": sandbox.DefaultKey, "OTPWORKER_API_SECRET": sandbox.DefaultSecret,
		"OTPWORKER_LISTEN": "127.0.0.1:1", "OTPWORKER_HTTP": "127.0.0.1:0",
	}
	maps.Copy(all, vars)
	return all
}

// A watched buffer calls seen once when a text has been written to it.
type watched struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	text string
	seen func()
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := w.buf.Write(p)
	if w.seen != nil && strings.Contains(w.buf.String(), w.text) {
		w.seen()
		w.seen = nil
	}
	return n, err
}

// command runs a command until it ends, or is stopped at "worker started". The
// exit code of a worker that is stopped at its start says nothing.
func command(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var stdout bytes.Buffer
	stderr := &watched{text: `"worker started"`, seen: cancel}
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(&stdout)
	root.SetErr(stderr)
	code = exitCode(root.ExecuteContext(ctx), stderr)
	return code, stdout.String(), stderr.buf.String()
}

func TestDoctorJSON(t *testing.T) {
	srv := guardedServer(t)
	clean(t, withSandbox(t, map[string]string{"NATS_URL": urlAs(srv, "noack"), "OTPWORKER_CALL_TIMEUOT": "5s"}))
	code, out, errOut := command(t, "doctor", "-o", "json")
	var got struct {
		State  doctor.State
		Checks doctor.Report
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if code != exitUnwell || got.State != doctor.Fail || errOut != "otpworker: checks failed: 1\n" {
		t.Errorf("exit %d, state %s, %s", code, got.State, errOut)
	}
	failed, warned := got.Checks.In(doctor.Fail), got.Checks.In(doctor.Warn)
	if len(failed) != 1 || failed[0].Name != "right: ack" || !strings.Contains(failed[0].Mend, "$JS.ACK.*.*.OTP_JOBS.>") {
		t.Errorf("failed: %+v", failed)
	}
	if len(warned) != 1 || !strings.HasPrefix(warned[0].Detail, "OTPWORKER_CALL_TIMEUOT is set") {
		t.Errorf("warned: %+v", warned)
	}
}

// Without NATS_URL doctor looks for a worker on this machine, and starts no
// server of its own.
func TestDoctorWithoutQueue(t *testing.T) {
	clean(t, withSandbox(t, nil))
	code, out, _ := command(t, "doctor")
	if code != exitOK || !strings.Contains(out, "warn broker   nats                no queue is running on 127.0.0.1:1\n") || !strings.Contains(out, "ok   provider provider ") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	if entries, err := os.ReadDir(os.Getenv("XDG_DATA_HOME")); err != nil || len(entries) > 0 {
		t.Errorf("it left %v, %v", entries, err)
	}
	embedded, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer embedded.Stop()
	t.Setenv("OTPWORKER_LISTEN", strings.TrimPrefix(embedded.URL(), "nats://"))
	code, out, _ = command(t, "doctor")
	if code != exitOK || !strings.Contains(out, "connected to the embedded server") || !strings.Contains(out, "stream OTP_JOBS: missing") {
		t.Errorf("exit %d:\n%s", code, out)
	}
}

func TestDoctorFaults(t *testing.T) {
	clean(t, map[string]string{"OTPWORKER_LISTEN": "127.0.0.1:1", "OTPWORKER_API_SECRET": "s3cr3t s3cr3t", "OTPWORKER_REPLICAS": "9"})
	code, out, _ := command(t, "doctor")
	for _, want := range []string{"OTPWORKER_API_KEY: is required", "OTPWORKER_API_SECRET: contains a blank", "OTPWORKER_REPLICAS: 9 is not 1 to 5"} {
		if !strings.Contains(out, "fail config   variables           "+want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if code != exitUnwell || strings.Contains(out, "s3cr3t") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	clean(t, withSandbox(t, map[string]string{"NATS_URL": "nats://127.0.0.1:1"}))
	if code, out, _ := command(t, "doctor"); code != exitUnwell || !strings.Contains(out, "mend: check NATS_URL") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	if code, _, errOut := command(t, "doctor", "-o", "yaml"); code != exitUsage || !strings.Contains(errOut, "--output") {
		t.Errorf("exit %d: %s", code, errOut)
	}
}

func TestPaintState(t *testing.T) {
	if got := paintState(doctor.OK, false); got != "ok  " {
		t.Errorf("got %q", got)
	}
	for state, want := range map[doctor.State]string{doctor.OK: "\x1b[32mok  \x1b[0m", doctor.Warn: "\x1b[33mwarn\x1b[0m", doctor.Fail: "\x1b[31mfail\x1b[0m"} {
		if got := paintState(state, true); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
