//go:build unix

package proof_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"
)

// A proxy stands between the workers and a server. It delays, cuts after so
// many bytes, and swallows: what goes into the hole never comes out, and a
// connection that lost something there is closed at its end.
type proxy struct {
	listener net.Listener
	target   string
	ctx      context.Context
	running  sync.WaitGroup

	mu      sync.Mutex
	links   map[*link]bool
	latency time.Duration
	hole    bool
	// met says that the latest cut or hole cost a byte.
	met bool
	// fresh is the left of new connections.
	fresh int
}

// A link is one connection through a proxy.
type link struct {
	near, far net.Conn
	// left is how many more bytes pass; negative: any number.
	left int
	// torn says that bytes of it are lost.
	torn bool
}

func startProxy(t *testing.T, target string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &proxy{listener: listener, target: target, ctx: ctx, links: map[*link]bool{}, fresh: -1}
	p.running.Go(p.accept)
	t.Cleanup(func() {
		cancel()
		_ = listener.Close()
		p.closeLinks(func(*link) bool { return true })
		p.running.Wait()
	})
	return p
}

func (p *proxy) address() string { return p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = near.Close()
			continue
		}
		l := &link{near: near, far: far}
		p.mu.Lock()
		l.left = p.fresh
		p.links[l] = true
		p.mu.Unlock()
		if p.ctx.Err() != nil {
			l.close()
		}
		p.running.Go(func() { p.pump(l, near, far) })
		p.running.Go(func() { p.pump(l, far, near) })
	}
}

func (l *link) close() {
	_ = l.near.Close()
	_ = l.far.Close()
}

func (p *proxy) pump(l *link, from, to net.Conn) {
	defer func() {
		l.close()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.links, l)
	}()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && !p.pass(l, to, buffer[:n]) || err != nil {
			return
		}
	}
}

// pass hands bytes on, or what is left of them, and reports whether the
// connection lives on.
func (p *proxy) pass(l *link, to net.Conn, data []byte) bool {
	p.mu.Lock()
	latency, allowed := p.latency, len(data)
	l.torn = l.torn || p.hole
	torn := l.torn
	if l.left >= 0 {
		allowed = min(allowed, l.left)
		l.left -= allowed
	}
	if torn || allowed < len(data) {
		p.met, p.fresh = true, -1
	}
	p.mu.Unlock()
	if torn {
		return true
	}
	if latency > 0 {
		pause(p.ctx, latency)
	}
	_, err := to.Write(data[:allowed])
	return err == nil && allowed == len(data)
}

func (p *proxy) setLatency(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.latency = d
}

// cut ends each connection after n more bytes, in either direction: those that
// are there, and those that come before it has met one.
func (p *proxy) cut(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.met, p.fresh = false, n
	for l := range p.links {
		l.left = n
	}
}

// hit says that the latest cut or hole has met something.
func (p *proxy) hit() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.met
}

// swallow opens the hole or closes it.
func (p *proxy) swallow(open bool) {
	p.mu.Lock()
	p.hole, p.met = open, false
	p.mu.Unlock()
	if !open {
		p.closeLinks(func(l *link) bool { return l.torn })
	}
}

func (p *proxy) closeLinks(which func(*link) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		if which(l) {
			l.close()
		}
	}
}
