package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// The files that operators use. The path is absolute: tests change the folder.
var deployDir, _ = filepath.Abs(filepath.Join("..", "..", "deploy"))

var serverConf = filepath.Join("conf", "server.conf")

// installation is /etc/nats as deploy/nats describes it, with keys that
// otpworker streams --keys made, and the working directory of its servers.
func installation(t *testing.T) (keys string) {
	t.Helper()
	keys = filepath.Join(t.TempDir(), "keys")
	if err := writeKeys(t.Output(), keys, []string{"localhost", "127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	etc := t.TempDir()
	for name, target := range map[string]string{"conf": filepath.Join(deployDir, "nats"), "keys": filepath.Join(keys, "nats")} {
		if err := os.Symlink(target, filepath.Join(etc, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(etc)
	return keys
}

// natsOptions reads a configuration as it is. What the test has to change are
// the addresses and the folder for data.
func natsOptions(t *testing.T, conf, name string) *server.Options {
	t.Helper()
	t.Setenv("NATS_NAME", name)
	opts, err := server.ProcessConfigFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	opts.Host, opts.Port, opts.HTTPPort = "127.0.0.1", server.RANDOM_PORT, 0
	opts.StoreDir, opts.NoSigs, opts.NoLog = t.TempDir(), true, true
	return opts
}

func startNATS(t *testing.T, opts *server.Options) *server.Server {
	t.Helper()
	srv, err := server.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	go srv.Start()
	t.Cleanup(func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	})
	if !srv.ReadyForConnections(patience) {
		t.Fatal("the server is not ready")
	}
	return srv
}

// identity is the environment of a role.
func identity(urls, keys, role string) []string {
	return []string{
		"NATS_URL=" + urls,
		"NATS_CA=" + filepath.Join(keys, role, caFile),
		"NATS_NKEY=" + filepath.Join(keys, role, seedFile),
		"OTPWORKER_INBOX_PREFIX=_INBOX_" + role,
		"OTPWORKER_PROVISION=verify",
	}
}

// troubles collects what the broker refuses.
type troubles struct {
	mu    sync.Mutex
	lines []string
}

func (tr *troubles) add(err error) {
	if !strings.Contains(strings.ToLower(err.Error()), "permissions violation") {
		return
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.lines = append(tr.lines, err.Error())
}

// connectRole connects as a command does; what it is refused fails the test.
func connectRole(t *testing.T, environ []string) (*queue.Queue, settings) {
	t.Helper()
	s, warnings, err := loadSettings(environ)
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	var refused troubles
	s.Queue.OnTrouble, s.Queue.Wait = refused.add, true
	q, err := queue.Connect(t.Context(), s.Queue)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = q.Close()
		for _, line := range refused.lines {
			t.Errorf("%s was refused: %s", s.Queue.InboxPrefix, line)
		}
	})
	return q, s
}

// asOperator runs a command with the operator's identity.
func asOperator(t *testing.T, environ []string, args ...string) string {
	t.Helper()
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		t.Setenv(name, value)
	}
	var out, errOut strings.Builder
	if code := run(args, strings.NewReader(""), &out, &errOut); code != exitOK {
		t.Fatalf("otpworker %v: exit code %d\n%s%s", args, code, out.String(), errOut.String())
	}
	if strings.Contains(strings.ToLower(errOut.String()), "violation") {
		t.Errorf("otpworker %v: %s", args, errOut.String())
	}
	return out.String()
}

// startSandbox returns the environment of a worker that uses it.
func startSandbox(t *testing.T) (*sandbox.Sandbox, []string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box := sandbox.New(sandbox.Config{})
	served := make(chan error, 1)
	go func() { served <- box.Serve(listener) }()
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return box, []string{
		"OTPWORKER_PROVIDER_URL=http://" + listener.Addr().String() + "/otp",
		"OTPWORKER_API_KEY=" + sandbox.DefaultKey, "OTPWORKER_API_SECRET=" + sandbox.DefaultSecret,
	}
}

// startWorker does what the run command does, and ends before the connection.
func startWorker(t *testing.T, environ []string) *operator {
	t.Helper()
	q, s := connectRole(t, environ)
	provider, err := client.New(s.Provider)
	if err != nil {
		t.Fatal(err)
	}
	s.Worker.Logger, _ = newLogger(s.Local, t.Output(), nil)
	if err := selfCheck(t.Context(), s, q, provider, s.Worker.Logger); err != nil {
		t.Fatal(err)
	}
	s.Local.HTTP = httpOff
	seen, err := openOperator(t.Context(), s.Local, nil, s.Worker.Logger)
	if err != nil {
		t.Fatal(err)
	}
	s.Worker.Observe = seen.collector.Observe
	w, err := worker.New(s.Worker, q, provider)
	if err != nil {
		t.Fatal(err)
	}
	seen.collector.Watch(w)
	hide := seen.show(t.Context(), q, w.Name(), s.Worker.Logger)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		defer hide()
		if err := <-ended; err != nil {
			t.Errorf("worker: %v", err)
		}
		provider.Close()
	})
	return seen
}

func otpJob(id string) schema.Job {
	return schema.Job{ID: id, AppID: "myapp01", Code: redact.NewCode("493817"), To: redact.NewPhone("8613800138000")}
}

// dialRole is a bare connection of a role, with its own inboxes.
func dialRole(t *testing.T, url, keys, role string) *nats.Conn {
	t.Helper()
	nkey, err := nats.NkeyOptionFromSeed(filepath.Join(keys, role, seedFile))
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect(url, nkey, nats.RootCAs(filepath.Join(keys, role, caFile)),
		nats.CustomInboxPrefix("_INBOX_"+role), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
		nats.Timeout(10*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}
