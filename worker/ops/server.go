package ops

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/otpworker/otpworker/worker/stats"
)

// Config is what the port shows.
type Config struct {
	// Addr is where to listen, host:port; port 0 is any free one.
	Addr string
	// Hosts are the names by which the port may be asked for all but health, besides
	// addresses and localhost. Defaults to any, and to none over loopback.
	Hosts []string
	// Snapshot tells how the worker is. It has to be set.
	Snapshot func() stats.Snapshot
	// Overview tells of the queue and all workers. Without it, and where it ends
	// with an error, ?fleet is answered with 503.
	Overview func(context.Context) (stats.Overview, error)
	// Metrics serves /metrics, and Page everything that has no other place here.
	// Without them there is nothing: 404.
	Metrics, Page http.Handler
}

const (
	// What a client may take for its request, and we for an answer. A handler of
	// Page that goes on for longer sets its own deadline.
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = time.Minute
	maxHeader     = 16 << 10
	// maxConns bounds the connections: one more waits until another has ended.
	maxConns = 256
)

// A Server is an open port.
type Server struct {
	addr   net.Addr
	server *http.Server
	served chan error
}

// Listen opens the port and serves it until Close.
func Listen(ctx context.Context, cfg Config) (*Server, error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("open the operator's port: %w", err)
	}
	return Serve(listener, cfg), nil
}

// Serve is Listen on a listener that is there; it closes it.
func Serve(listener net.Listener, cfg Config) *Server {
	bounded := limit(listener, maxConns)
	s := &Server{
		addr: listener.Addr(),
		server: &http.Server{
			Handler:           bounded.roomy(handler(cfg)),
			ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
			MaxHeaderBytes: maxHeader,
			ErrorLog:       log.New(io.Discard, "", 0), // it would quote what a stranger sent
		},
		served: make(chan error, 1),
	}
	go func() { s.served <- s.server.Serve(bounded) }()
	return s
}

// Addr is where it listens.
func (s *Server) Addr() string { return s.addr.String() }

// Close ends the port and every connection. It returns when nothing of it is left
// running.
func (s *Server) Close() error {
	err := s.server.Close()
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
