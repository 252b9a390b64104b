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
		c := newConn(sink, sink)
		by := time.Now().Add(time.Second)
		if _, err := c.write([]byte("early"), by); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // virtual
		if _, err := c.write([]byte("late"), by); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("a late write gave %v", err)
		}
		if sink.got != 5 {
			t.Fatalf("%d bytes got through", sink.got)
		}
		if _, err := c.write([]byte("next call"), time.Now().Add(time.Second)); err != nil {
			t.Fatalf("the connection is of no use to the next call: %v", err)
		}
	})
}
