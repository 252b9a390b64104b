package client

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"
)

// A conn is one connection to the provider. It has no goroutine: the call that
// has it writes the request and reads the answer, and nobody writes behind a
// call's back. That proves what was written, and costs half of net/http's
// transport, which has two goroutines for each connection.
type conn struct {
	net.Conn
	raw     syscall.RawConn // nil: not a socket
	peek    func(fd uintptr) bool
	stale   bool
	answers *bufio.Reader
	// left is how much may still be read of an answer's head.
	left int
	// request is the buffer that requests are made in.
	request []byte
	// abort ends a read or write that blocks: the call is over. unwatched ends
	// the watch for that.
	abort     func()
	unwatched func() bool
	// since is when the connection became idle.
	since time.Time
}

var errLongHead = errors.New("the head of the answer is too long")

// dial opens a connection. It ends with the call, or with the client.
func (c *Client) dial(ctx context.Context) (*conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.closing, cancel)() //nolint:contextcheck // Close's context beside the call's is the point

	raw, err := c.dialRaw(ctx, "tcp", c.address)
	if err != nil {
		return nil, fmt.Errorf("dial provider: %w", err)
	}
	if c.tls == nil {
		return newConn(raw, raw), nil
	}
	secured := tls.Client(raw, c.tls)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, fmt.Errorf("shake hands with provider: %w", err)
	}
	return newConn(secured, raw), nil
}

func newConn(top, socket net.Conn) *conn {
	k := &conn{Conn: top}
	k.answers = bufio.NewReader((*answerReader)(k))
	k.abort = func() { _ = socket.Close() }
	if s, ok := socket.(syscall.Conn); ok {
		k.raw, _ = s.SyscallConn()
		k.peek = func(fd uintptr) bool { k.stale = !silent(fd); return true }
	}
	return k
}

// alive says that a kept connection has nothing to say: the other side has
// neither closed it nor written what nobody asked for. A request on such a one
// would have an unknown outcome.
func (k *conn) alive() bool {
	if k.answers.Buffered() > 0 {
		return false
	}
	if k.raw == nil {
		return true
	}
	return k.raw.Read(k.peek) == nil && !k.stale
}

// write sends a request unless the deadline is over. The socket's deadline is a
// timer that may fire late after the process was frozen; the check here is on the
// clock, in the last instruction before the write.
func (k *conn) write(request []byte, by time.Time) (n int, err error) {
	if past(by) {
		return 0, os.ErrDeadlineExceeded
	}
	return k.Write(request)
}

// watch has the end of ctx end what is read and written.
func (k *conn) watch(ctx context.Context) { k.unwatched = context.AfterFunc(ctx, k.abort) }

// unwatch says that ctx has left the connection as it was.
func (k *conn) unwatch() bool { return k.unwatched() }

// drop closes a connection whose call is over.
func (k *conn) drop() {
	k.unwatch()
	_ = k.Close()
}

// read takes in the head of the answer. Those that only say "wait" are passed by.
func (k *conn) read(method *http.Request) (*http.Response, error) {
	for range 1 + maxInterim {
		k.left = maxHeaderBytes
		resp, err := http.ReadResponse(k.answers, method)
		k.left = -1
		if err != nil || resp.StatusCode >= http.StatusOK || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, err
		}
	}
	return nil, errLongHead
}

// maxInterim bounds the answers with a status 1xx before the answer.
const maxInterim = 5

// An answerReader reads from a connection, a head as far as it may be long.
type answerReader conn

func (r *answerReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, errLongHead
	}
	n, err := r.Conn.Read(p)
	if r.left > 0 {
		r.left = max(0, r.left-n)
	}
	return n, err
}

// past says that t has come by either clock: the monotonic one stands still
// while the machine is suspended, the wall clock can be set back.
func past(t time.Time) bool {
	now := time.Now()
	return !now.Before(t) || !now.Round(0).Before(t.Round(0))
}
