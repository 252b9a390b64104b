package client

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http/httptrace"
	"os"
	"sync/atomic"
	"time"
)

// conn is a connection that knows how much was written to it and refuses to
// write after the call's deadline. The transport's own write may start any
// time after its context ended; the socket's write deadline is a timer that
// may fire late after the process was frozen; the check here is on the clock,
// in the last instruction before the write.
type conn struct {
	net.Conn
	written atomic.Int64
	writeBy atomic.Pointer[time.Time]
}

func (c *conn) Write(p []byte) (int, error) {
	if by := c.writeBy.Load(); by != nil && past(*by) {
		return 0, os.ErrDeadlineExceeded
	}
	n, err := c.Conn.Write(p)
	c.written.Add(int64(n))
	return n, err // unwrapped: the transport looks at the error itself
}

// past says that t has come by either clock: the monotonic one stands still
// while the machine is suspended, the wall clock can be set back.
func past(t time.Time) bool {
	now := time.Now()
	return !now.Before(t) || !now.Round(0).Before(t.Round(0))
}

// dial opens a connection for the pool. The transport gives it a context
// without the call's deadline, since another call may use the connection; so
// it has a deadline of its own, and Close as its end.
func (c *Client) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if err := c.enter(); err != nil {
		return nil, err
	}
	defer c.running.Done()
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	defer context.AfterFunc(c.closing, cancel)() //nolint:contextcheck // Close's context beside the call's is the point

	raw, err := c.dialRaw(ctx, network, addr)
	if err != nil {
		return nil, fmt.Errorf("dial provider: %w", err)
	}
	if c.tls == nil {
		return &conn{Conn: raw}, nil
	}
	secured := tls.Client(raw, c.tls)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, fmt.Errorf("shake hands with provider: %w", err)
	}
	return &conn{Conn: secured}, nil
}

// wire follows one request to its connection. It is used by the goroutine
// that calls RoundTrip only.
type wire struct {
	deadline time.Time
	conn     *conn
	before   int64 // bytes written to conn by earlier calls
}

func (w *wire) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: w.got})
}

func (w *wire) got(info httptrace.GotConnInfo) {
	w.conn, _ = info.Conn.(*conn)
	if w.conn == nil {
		return
	}
	w.before = w.conn.written.Load()
	w.conn.writeBy.Store(&w.deadline)
	// Wakes a write that is blocked by a full socket; if it cannot be set the
	// connection is dead and the write says so.
	_ = w.conn.SetWriteDeadline(w.deadline)
}

// nothingWritten holds once RoundTrip has failed: by then the transport has
// stopped writing.
func (w *wire) nothingWritten() bool {
	return w.conn == nil || w.conn.written.Load() == w.before
}
