package worker_test

import (
	"net"
	"time"
)

// A wire is one connection through a gate. It buffers what comes in, as a
// kernel does: a frozen process must not block the other side's writes.
type wire struct {
	net.Conn
	gate *gate
	// parse cuts one whole operation off what is written and says what it is.
	parse func([]byte) (op []byte, subject string, e effect)
	rest  []byte

	// waits: a write in a freeze waits for its end. Otherwise it is kept, and
	// goes out then: the client of the broker holds its lock while it writes,
	// and a lock that is waited for stops the virtual clock.
	waits bool

	// The rest is guarded by the gate's mutex.
	in              []byte
	failed          error
	late            []byte
	draining        bool
	closed, holding bool
}

// join makes conn a wire of the gate.
func (g *gate) join(conn net.Conn, waits bool, parse func([]byte) ([]byte, string, effect)) (net.Conn, error) {
	c := &wire{Conn: conn, gate: g, waits: waits, parse: parse}
	g.mu.Lock()
	dead := g.dead
	if !dead {
		g.wires[c] = struct{}{}
	}
	g.mu.Unlock()
	if dead {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	go c.pump()
	return c, nil
}

func (c *wire) pump() {
	buf := make([]byte, 16<<10)
	for {
		n, err := c.Conn.Read(buf)
		c.gate.mu.Lock()
		c.in = append(c.in, buf[:n]...)
		c.failed = err
		c.gate.moved.Broadcast()
		c.gate.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (c *wire) Read(b []byte) (int, error) {
	g := c.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	for !c.closed && !g.dead && (c.still() || g.deaf || len(c.in) == 0 && c.failed == nil) {
		g.moved.Wait()
	}
	switch {
	case c.closed || g.dead:
		return 0, net.ErrClosed
	case len(c.in) > 0:
		n := copy(b, c.in)
		c.in = c.in[n:]
		return n, nil
	}
	return 0, c.failed
}

func (c *wire) Write(b []byte) (int, error) {
	c.rest = append(c.rest, b...)
	var out []byte
	for {
		op, subject, e := c.parse(c.rest)
		if op == nil {
			break
		}
		c.rest = c.rest[len(op):]
		t := c.gate.meet(e)
		if t != nil && !t.after {
			if err := c.flush(&out); err != nil {
				return 0, err
			}
			t.spring()
		}
		if c.gate.meddle != nil && subject != "" {
			op = c.gate.meddle(op, subject)
		}
		out = append(out, op...)
		if t != nil && t.after {
			if err := c.springAfter(t, &out); err != nil {
				return 0, err
			}
		}
	}
	if err := c.flush(&out); err != nil {
		return 0, err
	}
	return len(b), nil
}

// springAfter springs before the process can hear an answer.
func (c *wire) springAfter(t *trap, out *[]byte) error {
	c.gate.setDeaf(true)
	defer c.gate.setDeaf(false)
	if err := c.flush(out); err != nil {
		return err
	}
	t.spring()
	return nil
}

// flush writes once the process may.
func (c *wire) flush(out *[]byte) error {
	b := *out
	*out = nil
	switch {
	case len(b) == 0:
		return nil
	case c.waits:
		return c.wait(b)
	}
	return c.post(b)
}

// wait writes after the freeze.
func (c *wire) wait(b []byte) error {
	c.hold(true)
	err := c.gate.await()
	if closed := c.hold(false); closed {
		if c.gate.stale && err == nil {
			_, _ = c.Conn.Write(b)
		}
		_ = c.Conn.Close()
		return net.ErrClosed
	}
	if err == nil {
		_, err = c.Conn.Write(b)
	}
	return err
}

// post writes, or keeps b until the freeze is over.
func (c *wire) post(b []byte) error {
	g := c.gate
	g.mu.Lock()
	if g.dead || c.closed {
		g.mu.Unlock()
		return net.ErrClosed
	}
	if c.still() || c.draining {
		c.late = append(c.late, b...)
		g.mu.Unlock()
		return nil
	}
	g.mu.Unlock()
	_, err := c.Conn.Write(b)
	return err
}

// drain writes what was kept; what is written meanwhile follows it.
func (c *wire) drain() {
	g := c.gate
	for {
		g.mu.Lock()
		b := c.late
		if len(b) == 0 || c.still() || g.dead || c.closed {
			c.draining = false
			g.mu.Unlock()
			return
		}
		c.late = nil
		g.mu.Unlock()
		if _, err := c.Conn.Write(b); err != nil {
			_ = c.Close()
		}
	}
}

// hold notes that a write waits; it tells whether the wire was closed.
func (c *wire) hold(on bool) (closed bool) {
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	c.holding = on
	return c.closed
}

// Close leaves the far end open while a write is held: a frozen process cannot
// close anything. The writer does it then.
func (c *wire) Close() error {
	g := c.gate
	g.mu.Lock()
	c.closed = true
	g.moved.Broadcast()
	later := g.frozen && c.holding
	delete(g.wires, c)
	g.mu.Unlock()
	if later {
		return nil
	}
	return c.Conn.Close()
}

// Reads end when the wire does: neither client sets deadlines for them once it
// is connected.
func (c *wire) SetReadDeadline(time.Time) error { return nil }

func (c *wire) SetDeadline(t time.Time) error { return c.SetWriteDeadline(t) }

// SetWriteDeadline makes a write that a freeze held fail afterwards, as the
// client's look at the clock before each write would.
func (c *wire) SetWriteDeadline(t time.Time) error {
	if c.gate.stale {
		return nil
	}
	return c.Conn.SetWriteDeadline(t)
}
