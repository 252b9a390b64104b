//go:build unix

package proof_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

const roleVariable = "OTPWORKER_PROOF_ROLE"

// The times of a run are the shortest that the configuration allows, so that
// what they are waited for happens often.
const (
	callTimeout = time.Second
	grace       = 2 * time.Second
	ackWait     = 5 * time.Second
	// recordDelay is how late the provider shows a record: within call timeout
	// and grace, with room for a machine that is busy.
	recordDelay = 500 * time.Millisecond
)

// A role is what a process of a run is, as it travels in its environment.
type role struct {
	Kind string // "nats" or "worker"
	Name string

	// Of a NATS server; Routes is empty without a cluster.
	Dir         string
	Port        int
	ClusterPort int
	Routes      string

	// Of a worker.
	URL      string
	Provider string
	Replicas int
	Verbose  bool
}

// play runs a role until its process is killed. Its standard input is a pipe
// that its parent holds: when the parent is gone the role ends too.
func play(text string) int {
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(3)
	}()
	var r role
	err := json.Unmarshal([]byte(text), &r)
	if err == nil {
		switch r.Kind {
		case "nats":
			err = r.serve()
		case "worker":
			err = r.work()
		default:
			err = fmt.Errorf("no role %q", r.Kind)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "role:", err)
		return 1
	}
	return 0
}

// serve is a NATS server that syncs each write to disk before it confirms it.
func (r role) serve() error {
	opts := &server.Options{
		ServerName: r.Name, Host: "127.0.0.1", Port: r.Port,
		JetStream: true, StoreDir: r.Dir, SyncAlways: true,
		NoSigs: true, DisableJetStreamBanner: true, Logtime: true,
	}
	if r.Routes != "" {
		opts.Cluster = server.ClusterOpts{Name: "proof", Host: "127.0.0.1", Port: r.ClusterPort}
		opts.Routes = server.RoutesFromStr(r.Routes)
	}
	srv, err := server.NewServer(opts)
	if err != nil {
		return err
	}
	srv.ConfigureLogger()
	srv.Start()
	srv.WaitForShutdown()
	return errors.New("server ended")
}

// work is a worker as the binary runs one.
func (r role) work() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: r.level()}))
	cfg := workerConfig(r.Name)
	cfg.Logger = log
	cc := client.DefaultConfig()
	cc.BaseURL, cc.Timeout, cc.Concurrency = "http://"+r.Provider+"/otp", callTimeout, cfg.Slots()
	cc.APIKey, cc.APISecret = redact.NewSecret(sandbox.DefaultKey), redact.NewSecret(sandbox.DefaultSecret)
	provider, err := client.New(cc)
	if err != nil {
		return err
	}
	defer provider.Close()
	qc := queueConfig(r.Name, r.URL, r.Replicas)
	qc.OnTrouble = func(err error) { log.Warn("nats", "err", err) }
	q, err := queue.Connect(ctx, qc)
	if err != nil {
		return err
	}
	defer func() { _ = q.Close() }()
	w, err := worker.New(cfg, q, provider)
	if err != nil {
		return err
	}
	return w.Run(ctx)
}

func (r role) level() slog.Level {
	if r.Verbose {
		return slog.LevelDebug
	}
	return slog.LevelWarn
}

func workerConfig(name string) worker.Config {
	cfg := worker.DefaultConfig()
	cfg.Name = name
	cfg.CallTimeout, cfg.Grace = callTimeout, grace
	cfg.RetryInPlace = time.Second
	cfg.BreakerOpen = time.Second
	return cfg
}

func queueConfig(name, url string, replicas int) queue.Config {
	cfg := queue.DefaultConfig()
	cfg.Name, cfg.URL, cfg.Replicas = name, url, replicas
	cfg.AckWait, cfg.JobBytes = ackWait, 256<<20
	cfg.Wait = true
	return cfg
}
