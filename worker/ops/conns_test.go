package ops_test

import (
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/worker/ops"
	"github.com/otpworker/otpworker/worker/stats"
)

// A crowd does not take more than 256 connections, and who says nothing loses his
// after five seconds.
func TestConnectionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipe := sandbox.Pipe()
		server := ops.Serve(pipe, ops.Config{Snapshot: func() stats.Snapshot { return stats.Snapshot{} }})
		var mu sync.Mutex
		var conns []net.Conn
		for range 300 {
			go func() {
				conn, err := pipe.Dial(t.Context(), "", "")
				if err != nil {
					return // the server was closed
				}
				mu.Lock()
				defer mu.Unlock()
				conns = append(conns, conn)
			}()
		}
		count := func() int {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			return len(conns)
		}
		if n := count(); n != 256 {
			t.Errorf("%d connections", n)
		}
		if err := conns[0].Close(); err != nil {
			t.Error(err)
		}
		if n := count(); n != 257 {
			t.Errorf("%d connections after one has ended", n)
		}
		time.Sleep(6 * time.Second)
		if n := count(); n != 300 {
			t.Errorf("%d connections after the silent ones were cut", n)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		for _, conn := range conns {
			_ = conn.Close()
		}
	})
}

// Who keeps connections shuts nobody out: from the half on each ends with its
// answer.
func TestKeptConnectionsLeaveRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipe := sandbox.Pipe()
		server := ops.Serve(pipe, ops.Config{Snapshot: func() stats.Snapshot { return stats.Snapshot{Alive: true} }})
		client := &http.Transport{DialContext: pipe.Dial, DisableKeepAlives: true}
		begun := time.Now()
		const request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
		for range 300 {
			conn, err := pipe.Dial(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			go func() { _, _ = io.Copy(io.Discard, conn) }()
			if _, err := io.WriteString(conn, request); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		answer, err := (&http.Client{Transport: client}).Get("http://localhost/healthz")
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if waited := time.Since(begun); waited > time.Second || answer.StatusCode != http.StatusOK {
			t.Errorf("%s after %s", answer.Status, waited)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
}
