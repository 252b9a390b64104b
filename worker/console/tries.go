package console

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

const (
	// maxTries is how many wrong tokens an address may give within triesLife.
	maxTries  = 10
	triesLife = time.Minute
	// maxTriers bounds the addresses that are remembered; when that many try at
	// once, one more has to wait.
	maxTriers = 1024
)

// tries counts wrong tokens by the address they come from.
type tries struct {
	mu   sync.Mutex
	from map[netip.Prefix]*trier
}

type trier struct {
	since time.Time
	wrong int
}

func newTries() *tries { return &tries{from: map[netip.Prefix]*trier{}} }

// take counts a try before it is made; wait is how long to stay away if it may
// not be.
func (t *tries) take(from netip.Prefix, now time.Time) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	who := t.from[from]
	if who == nil || now.Sub(who.since) >= triesLife {
		if who == nil && len(t.from) >= maxTriers && !t.forget(now) {
			return triesLife
		}
		who = &trier{since: now}
		t.from[from] = who
	}
	if who.wrong >= maxTries {
		return triesLife - now.Sub(who.since)
	}
	who.wrong++
	return 0
}

// forget makes room; mu is held.
func (t *tries) forget(now time.Time) (room bool) {
	for from, who := range t.from {
		if now.Sub(who.since) >= triesLife {
			delete(t.from, from)
		}
	}
	return len(t.from) < maxTriers
}

// right forgets the tries of who has given the right token in the end.
func (t *tries) right(from netip.Prefix) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.from, from)
}

// placeOf is where a request comes from: an address, or the network of one that
// can have as many as it likes.
func placeOf(r *http.Request) netip.Prefix {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	addr, _ := netip.ParseAddr(host)
	addr = addr.Unmap().WithZone("")
	bits := 64
	if addr.Is4() {
		bits = 32
	}
	place, _ := addr.Prefix(bits)
	return place
}
