package client_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/client"
)

// A host is a server whose side of each connection a test has in its hands.
type host struct {
	mu    sync.Mutex
	conns []net.Conn
}

// serveRaw answers each request on a connection with the same bytes.
func (h *host) serveRaw(t *testing.T, answer string) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			h.mu.Lock()
			h.conns = append(h.conns, conn)
			h.mu.Unlock()
			serving.Go(func() { answerAll(conn, answer) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		for _, c := range h.dialled() {
			_ = c.Close()
		}
		serving.Wait()
	})
	return "http://" + l.Addr().String()
}

func answerAll(conn net.Conn, answer string) {
	r := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, req.Body)
		_, _ = io.WriteString(conn, answer)
	}
}

func (h *host) dialled() []net.Conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.conns
}

// until looks again and again: the network takes its time.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for start := time.Now(); !is(); runtime.Gosched() {
		if time.Since(start) > 10*time.Second {
			t.Fatal(what)
		}
	}
}

// TestKeptConnectionThatTalks: a kept connection on which something came
// meanwhile, its end or an answer to nobody's question, is not used again: the
// outcome would be unknown, or another request's.
func TestKeptConnectionThatTalks(t *testing.T) {
	for name, talk := range map[string]func(net.Conn) error{
		"closed":        net.Conn.Close,
		"half closed":   func(c net.Conn) error { return c.(*net.TCPConn).CloseWrite() },
		"stray answer":  func(c net.Conn) error { _, err := io.WriteString(c, reply(`{"status":"0"}`)); return err },
		"reset":         func(c net.Conn) error { _ = c.(*net.TCPConn).SetLinger(0); return c.Close() },
		"a single byte": func(c net.Conn) error { _, err := c.Write([]byte{0}); return err },
	} {
		t.Run(name, func(t *testing.T) {
			var h host
			c := newClient(t, client.Config{BaseURL: h.serveRaw(t, reply(`{"status":"-28"}`))})
			refused := func() {
				t.Helper()
				_, err := c.SendRule(t.Context(), send())
				if e, ok := errors.AsType[*client.RefusedError](err); !ok || e.Status != "-28" {
					t.Fatalf("got %v", err)
				}
			}
			refused()
			if err := talk(h.dialled()[0]); err != nil {
				t.Fatal(err)
			}
			until(t, "it never came", func() bool { return !c.KeptAlive() })
			refused()
			if n := len(h.dialled()); n != 2 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// TestDeadPipe: where nobody can look ahead, a write of nothing proves that
// nothing was sent, and the call goes over a new connection.
func TestDeadPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var theirs []net.Conn
		c := pipeClient(t, func(context.Context, string, string) (net.Conn, error) {
			a, b := net.Pipe()
			theirs = append(theirs, b)
			go answerAll(b, reply(`{"status":"-28"}`))
			return a, nil
		}, time.Second)
		for range 3 {
			_, err := c.SendRule(t.Context(), send())
			if _, ok := errors.AsType[*client.RefusedError](err); !ok {
				t.Errorf("got %v", err)
			}
			_ = theirs[len(theirs)-1].Close()
		}
		if len(theirs) != 3 {
			t.Errorf("%d connections for 3 calls", len(theirs))
		}
		c.Close()
	})
}

// slowness keeps calls that begin together from using one connection in turn.
const slowness = time.Millisecond

// slowPipe dials a server that takes a millisecond for each answer.
func slowPipe(closed func()) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer closed()
			r := bufio.NewReader(theirs)
			for {
				req, err := http.ReadRequest(r)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, req.Body)
				time.Sleep(slowness) // virtual
				_, _ = io.WriteString(theirs, reply(`{"status":"-28"}`))
			}
		}()
		return ours, nil
	}
}

// TestIdleConnectionsAreClosed: we close first, and only what is idle.
func TestIdleConnectionsAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := make(chan time.Time, 9)
		c := pipeClient(t, slowPipe(func() { closed <- time.Now() }), time.Second)
		call := func() { _, _ = c.SendRule(t.Context(), send()) }
		start := time.Now()
		var both sync.WaitGroup
		both.Go(call)
		both.Go(call)
		both.Wait()
		for range 4 {
			time.Sleep(20 * time.Second) // virtual
			call()
		}
		first := <-closed
		time.Sleep(time.Minute)
		last := <-closed
		if got := first.Sub(start); got != 30*time.Second+slowness {
			t.Errorf("the one that had nothing to do was closed after %v", got)
		}
		if got := last.Sub(start); got != 110*time.Second+5*slowness {
			t.Errorf("the other one was closed after %v", got)
		}
		c.Close()
	})
}

// TestConcurrencyBoundsWhatIsKept: more calls at once are allowed.
func TestConcurrencyBoundsWhatIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dialled, closed atomic.Int32
		dial := slowPipe(func() { closed.Add(1) })
		c := newClient(t, client.Config{BaseURL: "http://localhost/otp", Concurrency: 3, Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			dialled.Add(1)
			return dial(ctx, network, addr)
		}})
		var calls sync.WaitGroup
		for range 10 {
			calls.Go(func() { _, _ = c.SendRule(t.Context(), send()) })
		}
		calls.Wait()
		synctest.Wait()
		if dialled.Load() != 10 || closed.Load() != 7 {
			t.Errorf("%d connections, %d closed", dialled.Load(), closed.Load())
		}
	})
}

func TestAnswersInParts(t *testing.T) {
	const body = `{"status":"-28"}`
	for name, tc := range map[string]struct {
		answer string
		good   bool
	}{
		"continue first":    {"HTTP/1.1 100 Continue\r\n\r\n" + reply(body), true},
		"hints first":       {"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + reply(body), true},
		"endless continues": {strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 50) + reply(body), false},
		"switching":         {"HTTP/1.1 101 Switching Protocols\r\n\r\n", false},
		"endless head":      {"HTTP/1.1 200 OK\r\n" + strings.Repeat("A: "+strings.Repeat("b", 1000)+"\r\n", 200) + "Content-Length: 16\r\n\r\n" + body, false},
		"HTTP/1.0":          {"HTTP/1.0 200 OK\r\nContent-Length: 16\r\n\r\n" + body, true},
		"chunks":            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n" + body + "\r\n0\r\n\r\n", true},
	} {
		t.Run(name, func(t *testing.T) {
			var h host
			c := newClient(t, client.Config{BaseURL: h.serveRaw(t, tc.answer)})
			for range 2 {
				_, err := c.SendRule(t.Context(), send())
				_, refused := errors.AsType[*client.RefusedError](err)
				_, unknown := errors.AsType[*client.UnknownError](err)
				if refused != tc.good || unknown == tc.good {
					t.Errorf("got %v", err)
				}
			}
		})
	}
}
