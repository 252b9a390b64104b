package examples_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// An example is a program that publishes a job and awaits its result.
type example struct {
	line []string
	// args writes down an app, a number, a code and an id.
	args func(app, to, code, id string) []string
}

func flags(app, to, code, id string) []string {
	return []string{"--app", app, "--to", to, "--code", code, "--id", id}
}

// installed returns the examples whose tools are here, and says which are not.
func installed(t *testing.T) map[string]example {
	t.Helper()
	program, err := goProgram()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]example{"go": {[]string{program}, flags}}
	for name, c := range map[string]struct {
		needs func() bool
		hint  string
		example
	}{
		"node": {hasNode, "install Node.js 20 and run npm ci in deploy/examples/node", example{[]string{"node", "node/send.mjs"}, flags}},
		"python": {
			func() bool { return exec.CommandContext(t.Context(), "python3", "-c", "import nats").Run() == nil },
			"pip install nats-py", example{[]string{"python3", "python/send.py"}, flags},
		},
		"cli": {func() bool { return has("nats") && has("bash") }, "install the nats command, see .ci/run", example{
			[]string{"bash", "cli/send.sh"},
			func(app, to, code, id string) []string { return []string{app, to, code, id} },
		}},
	} {
		if c.needs() {
			all[name] = c.example
		} else {
			t.Logf("NOT RUN: the %s example, its tools are missing: %s", name, c.hint)
		}
	}
	return all
}

func has(tool string) bool {
	_, err := exec.LookPath(tool)
	return err == nil
}

func hasNode() bool {
	_, err := os.Stat("node/node_modules/@nats-io/jetstream")
	return err == nil && has("node")
}

// goProgram builds the Go example once.
var goProgram = sync.OnceValues(func() (string, error) {
	program := filepath.Join(programs, "send")
	out, err := exec.Command("go", "build", "-o", program, "./go").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("build: %w\n%s", err, out)
	}
	return program, err
})

// Every example sends a code, tells a refusal from it, and hands its trace on as
// its language writes it.
func TestExamples(t *testing.T) {
	r := start(t)
	r.work(func(*worker.Config) {})
	for name, e := range installed(t) {
		t.Run(name, func(t *testing.T) {
			r.sends(t, e, name+"-1")
			limited := command(t, r.url, e.line, e.args("myapp01", "15552800001", "123456", name+"-2")...)
			if result := read(t, limited); limited.code != 1 || result.Reason != "phone_limit" {
				t.Errorf("a number at its limit: exit code %d, %+v", limited.code, result)
			}
			nobody := command(t, "nats://127.0.0.1:1", e.line, e.args("myapp01", "8613800138000", "123456", name+"-3")...)
			if nobody.code != 2 || nobody.stdout != "" || !strings.Contains(nobody.stderr, "Is otpworker run started?") &&
				!strings.Contains(nobody.stderr, "is otpworker run started?") {
				t.Errorf("no server: %+v", nobody)
			}
		})
	}
}

func (r *rig) sends(t *testing.T, e example, id string) {
	t.Helper()
	for msg, err := r.jobs.NextMsg(time.Millisecond); err == nil; msg, err = r.jobs.NextMsg(time.Millisecond) {
		_ = msg // of the example before
	}
	sent := command(t, r.url, e.line, e.args("myapp01", "8613800138000", "493817", id)...)
	result := read(t, sent)
	if sent.code != 0 || sent.stderr != "" || result.Outcome != schema.OutcomeSent || result.JobID != id {
		t.Errorf("exit code %d, %+v\n%s", sent.code, result, sent.stderr)
	}
	msg, err := r.jobs.NextMsg(10 * time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if got := msg.Header["traceparent"]; len(got) != 1 || got[0] != trace {
		t.Errorf("trace: %v", msg.Header)
	}
	if got := msg.Header["Nats-Msg-Id"]; len(got) != 1 || got[0] != id {
		t.Errorf("message id: %v", msg.Header)
	}
	if want := schema.JobSubject(schema.LaneInteractive, "myapp01"); msg.Subject != want {
		t.Errorf("published on %s, want %s", msg.Subject, want)
	}
}

func read(t *testing.T, r run) schema.Result {
	t.Helper()
	var result schema.Result
	if err := json.Unmarshal([]byte(r.stdout), &result); err != nil {
		t.Errorf("read %q: %v\n%s", r.stdout, err, r.stderr)
	}
	return result
}
