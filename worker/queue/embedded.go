package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// embeddedName is how the embedded server is told from others.
const embeddedName = "otpworker-embedded"

// ErrInUse says that another server has the folder.
var ErrInUse = errors.New("in use by another process")

// EmbeddedConfig is the JetStream server inside this process.
type EmbeddedConfig struct {
	// Dir holds the streams. One process at a time may use it. No default.
	Dir string
	// Listen is the host:port that local apps connect to. Empty: in-process
	// connections only. Defaults to empty.
	Listen string
	// Logger gets the server's warnings and errors. Defaults to none.
	Logger *slog.Logger
}

// Embedded is a running JetStream server inside this process.
type Embedded struct {
	srv    *server.Server
	unlock func()
}

// StartEmbedded starts a JetStream server that keeps its streams in cfg.Dir and
// syncs every write to disk before it confirms it (sync_interval: always): a
// job that was accepted survives a power cut.
func StartEmbedded(cfg EmbeddedConfig) (*Embedded, error) {
	if cfg.Dir == "" {
		return nil, errors.New("start embedded server: no data folder given")
	}
	opts, err := serverOptions(cfg)
	if err != nil {
		return nil, err
	}
	unlock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("start embedded server: %w", err)
	}
	e, err := start(cfg, opts)
	if err != nil {
		unlock()
		return nil, err
	}
	e.unlock = unlock
	return e, nil
}

func start(cfg EmbeddedConfig, opts *server.Options) (*Embedded, error) {
	srv, err := server.NewServer(opts)
	if err != nil {
		return nil, fmt.Errorf("start embedded server: %w", err)
	}
	log := &serverLog{logger: cfg.Logger}
	srv.SetLogger(log, false, false)
	srv.Start()
	if log.fatal() != "" || !srv.ReadyForConnections(10*time.Second) {
		srv.Shutdown()
		srv.WaitForShutdown()
		return nil, fmt.Errorf("start embedded server in %s: %s", cfg.Dir, log.why())
	}
	return &Embedded{srv: srv}, nil
}

func serverOptions(cfg EmbeddedConfig) (*server.Options, error) {
	opts := &server.Options{
		ServerName:             embeddedName,
		JetStream:              true,
		StoreDir:               cfg.Dir,
		SyncAlways:             true,
		NoSigs:                 true,
		DisableJetStreamBanner: true,
		DontListen:             cfg.Listen == "",
	}
	if cfg.Listen == "" {
		return opts, nil
	}
	host, port, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("parse listen address: %w", err)
	}
	opts.Host = host
	if opts.Port, err = strconv.Atoi(port); err != nil {
		return nil, fmt.Errorf("parse listen port: %w", err)
	}
	if opts.Port == 0 {
		opts.Port = server.RANDOM_PORT
	}
	// The server would only log that its port is taken; a user has to see it.
	probe, err := new(net.ListenConfig).Listen(context.Background(), "tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for apps: %w", err)
	}
	return opts, probe.Close()
}

// URL is where local apps connect; empty without a listener.
func (e *Embedded) URL() string {
	if e.srv.Addr() == nil {
		return ""
	}
	return "nats://" + e.srv.Addr().String()
}

// InProcess is the option that connects to this server without a socket.
func (e *Embedded) InProcess() nats.Option { return nats.InProcessServer(e) }

// InProcessConn makes a connection without a socket, for a caller that wraps it.
func (e *Embedded) InProcessConn() (net.Conn, error) { return e.srv.InProcessConn() }

// Stop shuts the server down and waits until it has let go of its files.
func (e *Embedded) Stop() {
	e.srv.Shutdown()
	e.srv.WaitForShutdown()
	e.unlock()
}

// serverLog hands the server's own log lines on; its notices are details here.
type serverLog struct {
	logger *slog.Logger
	mu     sync.Mutex
	last   string
}

// fatal is why the server gave up, empty if it did not.
func (l *serverLog) fatal() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

func (l *serverLog) why() string {
	if last := l.fatal(); last != "" {
		return last
	}
	return "it did not become ready within 10s"
}

func (l *serverLog) log(level func(*slog.Logger, string), format string, v ...any) {
	if l.logger != nil {
		level(l.logger, strings.TrimSpace(fmt.Sprintf(format, v...)))
	}
}

func (l *serverLog) Noticef(format string, v ...any) {
	l.log(func(s *slog.Logger, m string) { s.Debug("nats server", "message", m) }, format, v...)
}

func (l *serverLog) Warnf(format string, v ...any) {
	l.log(func(s *slog.Logger, m string) { s.Warn("nats server", "message", m) }, format, v...)
}

func (l *serverLog) Errorf(format string, v ...any) {
	l.log(func(s *slog.Logger, m string) { s.Error("nats server", "message", m) }, format, v...)
}

// Fatalf does not end the process as the server's own logger would: the caller
// of StartEmbedded is told instead.
func (l *serverLog) Fatalf(format string, v ...any) {
	l.mu.Lock()
	l.last = fmt.Sprintf(format, v...)
	l.mu.Unlock()
	l.Errorf(format, v...)
}

func (l *serverLog) Debugf(string, ...any) {}
func (l *serverLog) Tracef(string, ...any) {}
