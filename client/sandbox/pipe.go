package sandbox

import (
	"context"
	"net"
	"sync"
	"syscall"
)

// PipeListener is a listener without a network: each Dial is a net.Pipe. Made
// inside a testing/synctest bubble, it lets real HTTP run in virtual time:
//
//	l := sandbox.Pipe()
//	go provider.Serve(l)
//	cfg.BaseURL, cfg.Dial = "http://localhost/otp", l.Dial
//
// A pipe has no buffer: a write waits for its reader. After Close, Dial is
// refused as by a host where nothing listens.
type PipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// Pipe returns a listener that is open.
func Pipe() *PipeListener {
	return &PipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// Dial connects; network and address are ignored. It waits for Accept until
// ctx ends.
func (l *PipeListener) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	var cause error
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.closed:
		cause = syscall.ECONNREFUSED
	case <-ctx.Done():
		cause = ctx.Err()
	}
	_, _ = ours.Close(), theirs.Close()
	return nil, &net.OpError{Op: "dial", Net: "pipe", Addr: l.Addr(), Err: cause}
}

// Accept returns the other end of the next Dial.
func (l *PipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close refuses dials from now on. It is safe to call twice.
func (l *PipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr is a name only.
func (l *PipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
