package ops

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// fakeListener has a connection for everybody who asks, until it is closed.
type fakeListener struct{ closed atomic.Bool }

type fakeConn struct{ net.Conn }

func (fakeConn) Close() error { return nil }

func (f *fakeListener) Accept() (net.Conn, error) {
	if f.closed.Load() {
		return nil, net.ErrClosed
	}
	return fakeConn{}, nil
}

func (f *fakeListener) Close() error {
	f.closed.Store(true)
	return nil
}

func (f *fakeListener) Addr() net.Addr { return nil }

// One connection more than the limit waits until another has ended; closing lets
// go of who waits.
func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit(&fakeListener{}, 2)
		var mu sync.Mutex
		var accepted []net.Conn
		ended := make(chan error, 1)
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					ended <- err
					return
				}
				mu.Lock()
				accepted = append(accepted, conn)
				mu.Unlock()
			}
		}()
		count := func() int {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			return len(accepted)
		}
		if n := count(); n != 2 {
			t.Fatalf("%d at once", n)
		}
		for range 2 { // a server may close twice
			if err := accepted[0].Close(); err != nil {
				t.Error(err)
			}
		}
		if n := count(); n != 3 {
			t.Errorf("%d after one has ended", n)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Errorf("%v", err)
		}
	})
}
