package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema/redact"
)

// inBubble runs a sandbox and a client of it in virtual time.
func inBubble(t *testing.T, cfg sandbox.Config, timeout time.Duration, f func(*testing.T, *client.Client, *sandbox.Sandbox)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, l := sandbox.New(cfg), sandbox.Pipe()
		go func() { _ = s.Serve(l) }()
		c := pipeClient(t, l.Dial, timeout)
		f(t, c, s)
		c.Close()
		_ = l.Close() // should Serve not have begun
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func pipeClient(t *testing.T, dial func(context.Context, string, string) (net.Conn, error), timeout time.Duration) *client.Client {
	t.Helper()
	c, err := client.New(client.Config{
		BaseURL: "http://localhost/otp", Dial: dial, Timeout: timeout,
		APIKey: redact.NewSecret(sandbox.DefaultKey), APISecret: redact.NewSecret(sandbox.DefaultSecret),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTimeoutAfterTheWriteIsUnknown(t *testing.T) {
	inBubble(t, sandbox.Config{Latency: 20 * time.Second}, 8*time.Second, func(t *testing.T, c *client.Client, s *sandbox.Sandbox) {
		start := time.Now()
		_, err := c.SendRule(t.Context(), send())
		if _, ok := errors.AsType[*client.UnknownError](err); !ok || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		if took := time.Since(start); took != 8*time.Second {
			t.Errorf("took %v", took)
		}
		if len(s.Sends("o-1")) != 1 {
			t.Error("the send was not accepted: this tests nothing")
		}
	})
}

func TestCallersDeadlineWins(t *testing.T) {
	inBubble(t, sandbox.Config{Latency: 20 * time.Second}, 8*time.Second, func(t *testing.T, c *client.Client, _ *sandbox.Sandbox) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		_, err := c.SendRule(ctx, send())
		if took := time.Since(start); took != 3*time.Second || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("took %v: %v", took, err)
		}
	})
}

func TestCancelAfterTheWriteIsUnknown(t *testing.T) {
	inBubble(t, sandbox.Config{Latency: time.Second}, 8*time.Second, func(t *testing.T, c *client.Client, _ *sandbox.Sandbox) {
		ctx, cancel := context.WithCancel(t.Context())
		defer time.AfterFunc(500*time.Millisecond, cancel).Stop()
		_, err := c.SendRule(ctx, send())
		if _, ok := errors.AsType[*client.UnknownError](err); !ok || !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
	})
}

func TestEndedContextSendsNothing(t *testing.T) {
	inBubble(t, sandbox.Config{}, 8*time.Second, func(t *testing.T, c *client.Client, s *sandbox.Sandbox) {
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		expired, cancel := context.WithDeadline(t.Context(), time.Now())
		defer cancel()
		for _, ctx := range []context.Context{cancelled, expired} {
			_, err := c.SendRule(ctx, send())
			if _, ok := errors.AsType[*client.NotSentError](err); !ok || !errors.Is(err, ctx.Err()) {
				t.Errorf("got %v", err)
			}
		}
		if calls := s.Stats().Calls; calls != 0 {
			t.Errorf("%d calls arrived", calls)
		}
	})
}

// TestKeptConnectionOutlivesADeadline: the write deadline of one call must not
// end the next one on the same connection.
func TestKeptConnectionOutlivesADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := sandbox.New(sandbox.Config{}), sandbox.Pipe()
		go func() { _ = s.Serve(l) }()
		dials := 0
		c := pipeClient(t, func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials++
			return l.Dial(ctx, network, addr)
		}, time.Second)
		for range 5 {
			if _, err := c.SendRule(t.Context(), send()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Second) // virtual; past the call's deadline
		}
		if dials != 1 {
			t.Errorf("dialled %d times", dials)
		}
		c.Close()
		_ = s.Close()
	})
}

// TestBlockedWriteEndsAtTheDeadline: the other end takes nothing, or a part.
func TestBlockedWriteEndsAtTheDeadline(t *testing.T) {
	for name, taken := range map[string]int64{"nothing": 0, "part": 10} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var peer net.Conn
				c := pipeClient(t, func(context.Context, string, string) (net.Conn, error) {
					ours, theirs := net.Pipe()
					peer = theirs
					go func() { _, _ = io.CopyN(io.Discard, theirs, taken) }()
					return ours, nil
				}, time.Minute)
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				defer cancel()
				start := time.Now()
				_, err := c.SendRule(ctx, send())
				_, notSent := errors.AsType[*client.NotSentError](err)
				if notSent != (taken == 0) || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 2*time.Second {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
				if rest, _ := io.ReadAll(peer); len(rest) != 0 {
					t.Errorf("%d bytes were written after the deadline", len(rest))
				}
				c.Close()
			})
		})
	}
}

func TestDialFailuresAreNotSent(t *testing.T) {
	refused := errors.New("nobody there")
	for name, dial := range map[string]func(context.Context, string, string) (net.Conn, error){
		"refused": func(context.Context, string, string) (net.Conn, error) { return nil, refused },
		"endless": func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() },
		"deaf": func(ctx context.Context, _, _ string) (net.Conn, error) {
			return sandbox.Pipe().Dial(ctx, "", "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := pipeClient(t, dial, time.Second)
				_, err := c.SendRule(t.Context(), send())
				if _, ok := errors.AsType[*client.NotSentError](err); !ok {
					t.Errorf("got %v", err)
				}
				if name == "refused" && !errors.Is(err, refused) {
					t.Errorf("the cause is lost: %v", err)
				}
				c.Close()
			})
		})
	}
}

// TestServerClosesTheKeptConnection: the pool must notice, whenever it comes.
func TestServerClosesTheKeptConnection(t *testing.T) {
	inBubble(t, sandbox.Config{}, time.Second, func(t *testing.T, c *client.Client, s *sandbox.Sandbox) {
		s.SetFault(sandbox.Fault{Drop: sandbox.DropAfter, Times: 1})
		if _, err := c.SendRule(t.Context(), send()); err == nil {
			t.Fatal("a dropped answer is an answer")
		}
		if _, err := c.SendRule(t.Context(), send()); err != nil {
			t.Fatal(err)
		}
		if repeats := s.Stats().Repeats; repeats != 1 {
			t.Errorf("%d repeats", repeats)
		}
	})
}

// TestCloseWaitsForCalls: a call with a connection finishes, a dial does not
// hold Close up.
func TestCloseWaitsForCalls(t *testing.T) {
	inBubble(t, sandbox.Config{Latency: time.Second}, 8*time.Second, func(t *testing.T, c *client.Client, _ *sandbox.Sandbox) {
		result := make(chan error, 1)
		go func() {
			_, err := c.SendRule(context.Background(), send())
			result <- err
		}()
		synctest.Wait()
		c.Close()
		select {
		case err := <-result:
			if err != nil {
				t.Errorf("Close spoilt a call: %v", err)
			}
		default:
			synctest.Wait()
			if err := <-result; err != nil {
				t.Errorf("Close spoilt a call: %v", err)
			}
		}
	})
}

func TestCloseEndsDials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := pipeClient(t, func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }, time.Minute)
		result := make(chan error, 1)
		go func() {
			_, err := c.SendRule(context.Background(), send())
			result <- err
		}()
		synctest.Wait()
		start := time.Now()
		c.Close()
		if _, ok := errors.AsType[*client.NotSentError](<-result); !ok || time.Since(start) > 0 {
			t.Errorf("Close waited %v for a dial", time.Since(start))
		}
	})
}

func TestAnswerBeforeTheRequestWasRead(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		http.Error(w, "too busy to read", http.StatusTooManyRequests)
	})
	_, err := newClient(t, client.Config{BaseURL: url}).SendRule(t.Context(), send())
	if _, ok := errors.AsType[*client.ThrottledError](err); !ok {
		t.Fatalf("got %v", err)
	}
}
