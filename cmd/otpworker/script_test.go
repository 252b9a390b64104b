package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// patience is how long a script waits for a sign before it has failed. A sign
// takes a fraction of it on a machine that is not busy.
const patience = 25 * time.Second

// A script is what one script has running.
type script struct {
	processes map[string]*process
	server    *server.Server // that of letin, nil: none
}

type scriptKey struct{}

// A process runs in the background and writes to NAME.out and NAME.err, which
// can be read meanwhile.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

func of(ts *testscript.TestScript) *script { return ts.Value(scriptKey{}).(*script) }

func begin(env *testscript.Env) {
	s := &script{processes: map[string]*process{}}
	env.Values[scriptKey{}] = s
	env.Defer(s.end)
	// With the race detector each process would sleep a second before its end.
	env.Setenv("GORACE", "atexit_sleep_ms=0")
}

// end kills what the script has left running.
func (s *script) end() {
	for _, p := range s.processes {
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

func (s *script) named(ts *testscript.TestScript, name string) *process {
	p := s.processes[name]
	if p == nil {
		ts.Fatalf("nothing was started as %s", name)
	}
	return p
}

func (p *process) running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

func want(ts *testscript.TestScript, ok bool, usage string) {
	if !ok {
		ts.Fatalf("usage: %s", usage)
	}
}

// exits CODE program [args...] runs a program that must exit with CODE.
// exits CODE NAME waits for the end of what was started as NAME; stdout and
// stderr are its own then.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg && len(args) >= 2, "exits CODE {program [args...] | NAME}")
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if p := of(ts).processes[args[1]]; p != nil && len(args) == 2 {
		select {
		case <-p.ended:
		case <-time.After(patience):
			ts.Fatalf("%s still runs; it wrote:\n%s", args[1], ts.ReadFile(args[1]+".err"))
		}
		got = p.cmd.ProcessState.ExitCode()
		_, _ = io.WriteString(ts.Stdout(), ts.ReadFile(args[1]+".out"))
		_, _ = io.WriteString(ts.Stderr(), ts.ReadFile(args[1]+".err"))
	} else if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != code {
		ts.Fatalf("exit code %d, want %d", got, code)
	}
}

// start NAME program [args...] starts a program in the background.
func cmdStart(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg && len(args) >= 2, "start NAME program [args...]")
	launch(ts, args[0], args[1], args[2:]...)
}

func launch(ts *testscript.TestScript, name, program string, args ...string) {
	s := of(ts)
	if p := s.processes[name]; p != nil && p.running() {
		ts.Fatalf("%s runs already", name)
	}
	path, err := exec.LookPath(program)
	ts.Check(err)
	cmd := exec.Command(path, args...)
	cmd.Args[0] = program
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = environ(ts)
	out, err := os.Create(ts.MkAbs(name + ".out"))
	ts.Check(err)
	defer out.Close()
	errOut, err := os.Create(ts.MkAbs(name + ".err"))
	ts.Check(err)
	defer errOut.Close()
	cmd.Stdout, cmd.Stderr = out, errOut
	ts.Check(cmd.Start())
	p := &process{cmd: cmd, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // the exit code is looked at by exits
		close(p.ended)
	}()
	s.processes[name] = p
}

// environ is what of the script's environment the program reads.
func environ(ts *testscript.TestScript) (env []string) {
	names := []string{"PATH", "HOME", "TMPDIR", "GOCOVERDIR", "GORACE", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "NO_COLOR"}
	for _, v := range variables() {
		names = append(names, v.name)
	}
	for _, name := range secretNames {
		names = append(names, name+"_FILE")
	}
	for _, name := range names {
		if value := ts.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// signal NAME {TERM|INT|KILL} signals what was started as NAME.
func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg && len(args) == 2, "signal NAME {TERM|INT|KILL}")
	signals := map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": os.Interrupt, "KILL": os.Kill}
	ts.Check(of(ts).named(ts, args[0]).cmd.Process.Signal(signals[args[1]]))
}

// waitfor FILE REGEXP [VARIABLE] waits until FILE matches, and sets VARIABLE to
// what the group matched.
func cmdWaitfor(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg && (len(args) == 2 || len(args) == 3), "waitfor FILE REGEXP [VARIABLE]")
	match := waitFor(ts, args[0], args[1])
	if len(args) == 3 {
		ts.Setenv(args[2], match[1])
	}
}

func waitFor(ts *testscript.TestScript, file, pattern string) []string {
	re, err := regexp.Compile("(?m)" + pattern)
	ts.Check(err)
	writer := of(ts).processes[strings.TrimSuffix(file, filepath.Ext(file))]
	var text string
	ok := until(func() bool {
		gone := writer != nil && !writer.running() // asked before the file is read
		data, _ := os.ReadFile(ts.MkAbs(file))
		text = string(data)
		return gone || re.MatchString(text)
	})
	if match := re.FindStringSubmatch(text); match != nil {
		return match
	}
	if ok {
		ts.Fatalf("ended without %s in %s:\n%s", pattern, file, text)
	}
	ts.Fatalf("no %s in %s after %s:\n%s", pattern, file, patience, text)
	return nil
}

// until asks again and again, and reports whether done was true in time.
func until(done func() bool) bool {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !done() {
		select {
		case <-again.C:
		case <-deadline.C:
			return done()
		}
	}
	return true
}

// sandbox [flags...] starts the provider's sandbox as "sandbox" on a free port
// and sets what a worker needs to use it.
func cmdSandbox(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg, "sandbox [flags...]")
	launch(ts, "sandbox", "otpworker", append([]string{"sandbox", "--listen", "127.0.0.1:0"}, args...)...)
	for _, name := range []string{"OTPWORKER_PROVIDER_URL", "OTPWORKER_API_KEY", "OTPWORKER_API_SECRET"} {
		ts.Setenv(name, waitFor(ts, "sandbox.out", "export "+name+`=(\S+)$`)[1])
	}
	waitFor(ts, "sandbox.out", "Counts: ")
}

// worker starts a worker with an embedded server on a free port as "worker" and
// sets OTPWORKER_LISTEN, so that the commands of an app find it.
func cmdWorker(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg && len(args) == 0, "worker")
	ts.Setenv("OTPWORKER_LISTEN", "127.0.0.1:0")
	launch(ts, "worker", "otpworker", "run")
	ts.Setenv("OTPWORKER_LISTEN", waitFor(ts, "worker.err", `"embedded NATS server started","url":"nats://([^"]+)"`)[1])
	waitFor(ts, "worker.err", `"worker started"`)
}

// natsserver starts a NATS server with JetStream and nothing on it, and sets
// NATS_URL.
func cmdNATSServer(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg && len(args) == 0, "natsserver")
	server, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: ts.MkAbs("nats"), Listen: "127.0.0.1:0"})
	ts.Check(err)
	ts.Defer(server.Stop)
	ts.Setenv("NATS_URL", server.URL())
}

// fault JSON tells the sandbox how to misbehave from now on; {} ends it.
func cmdFault(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg && len(args) == 1, "fault JSON")
	req, err := http.NewRequest(http.MethodPut, ofSandbox(ts, "fault"), strings.NewReader(args[0]))
	ts.Check(err)
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	ts.Check(resp.Body.Close())
	if resp.StatusCode != http.StatusNoContent {
		ts.Fatalf("sandbox: %s", resp.Status)
	}
}

// stats NAME=NUMBER... waits until the sandbox has counted just that.
func cmdStats(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg && len(args) > 0, "stats NAME=NUMBER...")
	var body []byte
	ok := until(func() bool {
		resp, err := http.Get(ofSandbox(ts, "stats"))
		ts.Check(err)
		defer resp.Body.Close()
		body, err = io.ReadAll(resp.Body)
		ts.Check(err)
		var counts map[string]any
		ts.Check(json.Unmarshal(body, &counts))
		return !slices.ContainsFunc(args, func(arg string) bool {
			name, n, _ := strings.Cut(arg, "=")
			return fmt.Sprint(counts[name]) != n
		})
	})
	if !ok {
		ts.Fatalf("the sandbox counts %s, want %s", body, args)
	}
}

func ofSandbox(ts *testscript.TestScript, page string) string {
	return strings.TrimSuffix(ts.Getenv("OTPWORKER_PROVIDER_URL"), "/otp") + "/sandbox/" + page
}

// results FILE JOB=OUTCOME... checks that FILE is NDJSON of just these results.
func cmdResults(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg && len(args) > 0, "results FILE JOB=OUTCOME...")
	got, wanted := map[string]string{}, map[string]string{}
	for _, arg := range args[1:] {
		job, outcome, _ := strings.Cut(arg, "=")
		wanted[job] = outcome
	}
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		r, err := schema.DecodeResult([]byte(line))
		ts.Check(err)
		if got[r.JobID] != "" {
			ts.Fatalf("two results of job %s", r.JobID)
		}
		if r.CompletedAt.IsZero() {
			ts.Fatalf("no completedAt in %s", line)
		}
		got[r.JobID] = string(r.Outcome)
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		ts.Fatalf("results (-want +got):\n%s", diff)
	}
}

// hides SECRETS FILE... checks that no file shows a line of the file SECRETS, or
// the code or number of a job of the demo.
func cmdHides(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, len(args) >= 2, "[!] hides SECRETS FILE...")
	secrets := strings.Fields(ts.ReadFile(args[0]))
	jobs, err := readDemoJobs()
	ts.Check(err)
	for _, job := range append(jobs, manyJobs(outageJobs)...) {
		secrets = append(secrets, job.Code.Reveal(), job.To.Reveal())
	}
	for _, file := range args[1:] {
		text := ts.ReadFile(file)
		if text == "" {
			ts.Fatalf("%s is empty: it proves nothing", file)
		}
		i := slices.IndexFunc(secrets, func(secret string) bool { return shows(text, secret) })
		if i >= 0 && !neg {
			ts.Fatalf("%s shows %s", file, secrets[i])
		}
		if i < 0 && neg {
			ts.Fatalf("%s shows no secret", file)
		}
	}
}

// shows looks for a code as a number of its own: by chance its few digits may be
// part of a longer one, such as a time.
func shows(text, secret string) bool {
	if len(secret) < 10 && strings.Trim(secret, "0123456789") == "" {
		return regexp.MustCompile(`(^|\D)` + secret + `($|\D)`).MatchString(text)
	}
	return strings.Contains(text, secret)
}
