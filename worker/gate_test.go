package worker_test

import (
	"net"
	"sync"
)

// A trap springs at an effect: right before it leaves the process, or right
// after it has reached the other side.
type trap struct {
	// on is the kind of effect that counts, "" any; left is how many of them
	// are still to come, the one that springs it included.
	on    effect
	left  int
	after bool
	// spring runs in the goroutine that writes: what it does to the process
	// has happened when the write goes on.
	spring func()
}

// A gate is the border of a process. All its connections are wires through it,
// so that it can fall silent as a whole, at any of its effects.
type gate struct {
	mu    sync.Mutex
	moved *sync.Cond
	// cut is a frozen way to the broker only; deaf holds back what comes in
	// while a trap springs.
	dead, frozen, cut, deaf bool
	wires                   map[*wire]struct{}
	seen                    []effect
	trap                    *trap
	// stale lets a write that a freeze holds go out later than its deadline:
	// a process that was stopped between its last look at the clock and the
	// write.
	stale bool
	// meddle, if set, may replace what is published, or lose it: nil.
	meddle func(op []byte, subject string) []byte
}

func newGate() *gate {
	g := &gate{wires: map[*wire]struct{}{}}
	g.moved = sync.NewCond(&g.mu)
	return g
}

// die is kill -9: nothing leaves or enters any more, and the far ends see
// their connections closed.
func (g *gate) die() {
	g.mu.Lock()
	g.dead = true
	g.moved.Broadcast()
	wires := g.wires
	g.wires = nil
	g.mu.Unlock()
	for c := range wires {
		_ = c.Conn.Close()
	}
}

func (g *gate) alive() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.dead
}

func (g *gate) setFrozen(frozen bool) { g.still(func() { g.frozen = frozen }) }

// setCut takes the broker away, as a network does that loses every packet.
func (g *gate) setCut(cut bool) { g.still(func() { g.cut = cut }) }

func (g *gate) setDeaf(deaf bool) { g.still(func() { g.deaf = deaf }) }

// still changes what is still, and lets out what was kept.
func (g *gate) still(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
	g.moved.Broadcast()
	for c := range g.wires {
		if !c.still() && len(c.late) > 0 && !c.draining {
			c.draining = true
			go c.drain()
		}
	}
}

// arm sets the trap; nil disarms.
func (g *gate) arm(t *trap) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.trap = t
}

// still is asked under the gate's mutex.
func (c *wire) still() bool { return c.gate.frozen || c.gate.cut && !c.waits }

// effects are those so far.
func (g *gate) effects() []effect {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]effect(nil), g.seen...)
}

// meet counts an effect that is about to leave and returns the trap it springs.
func (g *gate) meet(e effect) *trap {
	g.mu.Lock()
	defer g.mu.Unlock()
	if e == "" || g.dead {
		return nil
	}
	g.seen = append(g.seen, e)
	t := g.trap
	if t == nil || t.on != "" && t.on != e {
		return nil
	}
	if t.left--; t.left > 0 {
		return nil
	}
	g.trap = nil
	return t
}

// await blocks while the process is frozen.
func (g *gate) await() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.frozen && !g.dead {
		g.moved.Wait()
	}
	if g.dead {
		return net.ErrClosed
	}
	return nil
}
