package sandbox_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema/redact"
)

// TestOutageAndItsEnd: what was sent before is remembered after.
func TestOutageAndItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Config{})
		var listener atomic.Pointer[sandbox.PipeListener]
		served := make(chan error, 2)
		open := func() {
			l := sandbox.Pipe()
			listener.Store(l)
			go func() { served <- s.Serve(l) }()
		}
		open()
		c, err := client.New(client.Config{
			BaseURL: "http://localhost/otp",
			Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
				return listener.Load().Dial(ctx, network, addr)
			},
			APIKey: redact.NewSecret(sandbox.DefaultKey), APISecret: redact.NewSecret(sandbox.DefaultSecret),
		})
		if err != nil {
			t.Fatal(err)
		}
		b := bundle{s, c}
		if got := b.send("o", phone); got != "accepted" {
			t.Error(got)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Errorf("Serve returned %v", err)
		}
		synctest.Wait()
		if got := b.send("o", phone); got != "not sent" {
			t.Errorf("during the outage: %s", got)
		}
		open()
		if got := b.send("o", phone); got != "accepted" || len(s.Sends("o")) != 2 {
			t.Errorf("after it: %s", got)
		}
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Errorf("Serve returned %v", err)
		}
	})
}

func TestCloseEndsHangsAndWaits(t *testing.T) {
	for name, cfg := range map[string]sandbox.Config{"hang": {}, "latency": {Latency: time.Hour}} {
		inBubble(t, cfg, func(t *testing.T, b bundle) {
			if name == "hang" {
				b.SetFault(sandbox.Fault{Hang: true})
			}
			got := make(chan string, 1)
			go func() { got <- b.send("o", phone) }()
			synctest.Wait()
			start := time.Now()
			if err := b.Close(); err != nil {
				t.Error(err)
			}
			if time.Since(start) != 0 || b.Stats().InFlight != 0 {
				t.Errorf("%s: Close left a handler after %v", name, time.Since(start))
			}
			if outcome := <-got; outcome != "unknown 0" {
				t.Errorf("%s: %s", name, outcome)
			}
		})
	}
}

func TestHangEndsWithTheCaller(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		b.SetFault(sandbox.Fault{Hang: true})
		start := time.Now()
		if got := b.send("o", phone); got != "unknown 0" || time.Since(start) != callTimeout {
			t.Errorf("%s after %v", got, time.Since(start))
		}
		synctest.Wait()
		if got := b.Stats().InFlight; got != 0 {
			t.Errorf("%d handlers hang on", got)
		}
	})
}

func TestServeOverTCP(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := sandbox.New(sandbox.Config{})
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	c, err := client.New(client.Config{
		BaseURL: "http://" + l.Addr().String() + "/otp",
		APIKey:  redact.NewSecret(sandbox.DefaultKey), APISecret: redact.NewSecret(sandbox.DefaultSecret),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	b := bundle{s, c}
	for number, want := range map[string]string{
		phone: "accepted", "15556200001": "unknown 0", "15556400001": "unknown 200", "15552800001": "refused 200 -28",
	} {
		if got := b.send(number, number); got != want {
			t.Errorf("%s: %s, want %s", number, got, want)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	// "unknown" if the client has not yet noticed that its connection ended.
	if got := b.send("o", phone); got == "accepted" || len(s.Sends("o")) > 0 {
		t.Errorf("after Close: %s", got)
	}
}

func TestPipeDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := sandbox.Pipe()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.Dial(ctx, "", ""); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nobody accepts: %v", err)
		}
		_, _ = l.Close(), l.Close()
		if _, err := l.Dial(t.Context(), "", ""); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("closed: %v", err)
		}
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("accept after Close: %v", err)
		}
	})
}
