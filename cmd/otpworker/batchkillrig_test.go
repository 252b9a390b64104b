//go:build unix

package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// A killed is what the test runs against.
type killed struct {
	t           *testing.T
	dir         string
	file, codes string
	env         []string
	box         *sandbox.Sandbox
	url         string
	queue       *queue.Queue
	counted     int
	outputs     map[*exec.Cmd]string
}

func startKilled(t *testing.T, rows int) *killed {
	t.Helper()
	k := &killed{t: t, dir: t.TempDir(), outputs: map[*exec.Cmd]string{}}
	k.file, k.codes = filepath.Join(k.dir, "numbers.csv"), filepath.Join(k.dir, "codes.csv")
	k.writeNumbers(rows)
	server, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: filepath.Join(k.dir, "nats"), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	k.url = server.URL()
	address := k.openBox(rows)
	k.env = []string{
		"HOME=" + k.dir, "TMPDIR=" + k.dir, "NATS_URL=" + k.url,
		"OTPWORKER_PROVIDER_URL=http://" + address + "/otp",
		"OTPWORKER_API_KEY=" + sandbox.DefaultKey, "OTPWORKER_API_SECRET=" + sandbox.DefaultSecret,
		// A job that a killed worker had comes back soon.
		"OTPWORKER_ACK_WAIT=5s", "OTPWORKER_CALL_TIMEOUT=1s", "OTPWORKER_RETRY_IN_PLACE=1s", "OTPWORKER_RECORD_GRACE=500ms",
		"OTPWORKER_LOG_LEVEL=WARN", "OTPWORKER_HTTP=off",
	}
	cfg := queue.DefaultConfig()
	cfg.URL = k.url
	if k.queue, err = queue.Connect(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.queue.Close() })
	if err := k.queue.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *killed) writeNumbers(rows int) {
	f, err := os.OpenFile(k.file, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		k.t.Fatal(err)
	}
	out := bufio.NewWriter(f)
	fmt.Fprintln(out, "to")
	for n := range rows {
		fmt.Fprintf(out, "86138%08d\n", n)
	}
	if err := out.Flush(); err != nil {
		k.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		k.t.Fatal(err)
	}
}

func (k *killed) openBox(rows int) (address string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		k.t.Fatal(err)
	}
	k.box = sandbox.New(sandbox.Config{MaxSends: 2 * rows})
	served := make(chan error, 1)
	go func() { served <- k.box.Serve(listener) }()
	k.t.Cleanup(func() {
		_ = listener.Close()
		_ = k.box.Close()
		if err := <-served; err != nil {
			k.t.Error(err)
		}
	})
	return listener.Addr().String()
}

// start starts the program as a process of its own.
func (k *killed) start(args ...string) *exec.Cmd {
	k.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		k.t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Args[0] = "otpworker" // testscript.Main makes it the program
	cmd.Env, cmd.Dir = k.env, k.dir
	log, err := os.CreateTemp(k.dir, args[0]+"-*.log")
	if err != nil {
		k.t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	k.outputs[cmd] = log.Name()
	k.t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	return cmd
}

func (k *killed) kill(cmd *exec.Cmd) {
	k.t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		k.t.Fatal(err)
	}
	err := cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		k.t.Fatalf("it ended before it was killed: %v\n%s", err, k.errors(cmd))
	}
	k.log("killed", cmd)
	k.count()
}

// watchMemory tells, when the process has ended, the most memory it had: the last
// that the system said of it. What a process is accounted for at its end includes
// its parent's.
func (k *killed) watchMemory(cmd *exec.Cmd) <-chan string {
	peak := make(chan string, 1)
	path := fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)
	go func() {
		most := "not known here"
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			status, err := os.ReadFile(path)
			_, rest, ok := strings.Cut(string(status), "VmHWM:")
			if err != nil || !ok { // gone, or another system
				peak <- most
				return
			}
			line, _, _ := strings.Cut(rest, "\n")
			most = strings.TrimSpace(line)
		}
	}()
	return peak
}

func (k *killed) errors(cmd *exec.Cmd) string {
	data, err := os.ReadFile(k.outputs[cmd])
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-4<<10):])
}

func (k *killed) log(what string, cmd *exec.Cmd) {
	if testing.Verbose() {
		k.t.Logf("%s: otpworker %s:\n%s", what, cmd.Args[1], k.errors(cmd))
	}
}

// endings counts the events of the batch's end.
func (k *killed) endings() uint64 {
	k.t.Helper()
	nc, err := nats.Connect(k.url)
	if err != nil {
		k.t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		k.t.Fatal(err)
	}
	stream, err := js.Stream(k.t.Context(), schema.StreamResults)
	if err != nil {
		k.t.Fatal(err)
	}
	subject := schema.BatchEventSubject("myapp01", "killed")
	info, err := stream.Info(k.t.Context(), jetstream.WithSubjectFilter(subject))
	if err != nil {
		k.t.Fatal(err)
	}
	return info.State.Subjects[subject]
}
