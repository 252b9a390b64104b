package sandbox

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// lifecycle owns what Serve starts. Each connection is counted from accept to
// the end of its goroutine, so that Close can wait for all of them.
type lifecycle struct {
	mu      sync.Mutex
	empty   *sync.Cond // conns fell to 0
	conns   int
	servers map[*http.Server]chan struct{} // closed when its Serve returned
	stop    chan struct{}                  // closed to end hangs and waits
}

func (l *lifecycle) init() {
	l.empty = sync.NewCond(&l.mu)
	l.servers = map[*http.Server]chan struct{}{}
	l.stop = make(chan struct{})
}

func (l *lifecycle) stopping() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stop
}

func (l *lifecycle) track(_ net.Conn, state http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch state {
	case http.StateNew:
		l.conns++
	case http.StateClosed, http.StateHijacked:
		if l.conns--; l.conns == 0 {
			l.empty.Broadcast()
		}
	case http.StateActive, http.StateIdle:
	}
}

// Serve answers on listener until Close, and closes it. It returns nil after
// Close, or if the listener was closed otherwise. It may be called again
// afterwards with a new listener: an outage and its end. A Close that comes
// before Serve began cannot end it; closing the listener does.
func (s *Sandbox) Serve(listener net.Listener) error {
	server := &http.Server{
		Handler:           s.handler,
		ConnState:         s.serving.track,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
	served := make(chan struct{})
	defer close(served)
	s.serving.mu.Lock()
	s.serving.servers[server] = served
	s.serving.mu.Unlock()
	s.wake()

	err := server.Serve(listener)
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return fmt.Errorf("serve sandbox: %w", err)
}

// Close ends every Serve: it closes listeners and connections, ends hangs and
// waits for the handlers and for OnMessage. What was sent stays remembered;
// what comes due after Close waits for the next Serve or request. A hang behind
// Handler, on a server of the caller's, ends too.
func (s *Sandbox) Close() error {
	s.silence()
	l := &s.serving
	l.mu.Lock()
	servers := l.servers
	l.servers = map[*http.Server]chan struct{}{}
	close(l.stop)
	l.stop = make(chan struct{})
	l.mu.Unlock()

	var faults []error
	for server, served := range servers {
		faults = append(faults, closeServer(server, served))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(servers) > 0 && l.conns > 0 {
		l.empty.Wait()
	}
	return errors.Join(faults...)
}

// closeServer closes twice: a connection accepted during the first time is
// known to the server only after its Serve returned.
func closeServer(server *http.Server, served <-chan struct{}) error {
	first := server.Close()
	<-served
	err := errors.Join(first, server.Close())
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close sandbox: %w", err)
	}
	return nil
}
