package client

import (
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// sinkConn takes everything, late or not: a socket whose deadline timer has
// not fired because the process was frozen.
type sinkConn struct {
	net.Conn
	got int
}

func (c *sinkConn) Write(p []byte) (int, error) { c.got += len(p); return len(p), nil }

func TestNoWriteAtOrAfterTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &sinkConn{}
		c := &conn{Conn: sink}
		by := time.Now().Add(time.Second)
		c.writeBy.Store(&by)
		if _, err := c.Write([]byte("early")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // virtual
		if _, err := c.Write([]byte("late")); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("a late write gave %v", err)
		}
		if sink.got != 5 || c.written.Load() != 5 {
			t.Fatalf("%d bytes got through, %d were counted", sink.got, c.written.Load())
		}
		next := time.Now().Add(time.Second)
		c.writeBy.Store(&next)
		if _, err := c.Write([]byte("next call")); err != nil {
			t.Fatalf("the connection is of no use to the next call: %v", err)
		}
	})
}
