package worker_test

import (
	"bytes"
	"net"
	"strconv"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/otpworker/otpworker/worker/queue"
)

// A lossy connection loses what a client publishes on chosen subjects, as a
// network or a leader change does, and leaves the rest of the stream whole.
type lossy struct {
	server nats.InProcessConnProvider

	mu   sync.Mutex
	lose func(subject string) bool
	lost int
}

// makeLossy makes the rig's connection lose what lose says.
func (r *rig) makeLossy() *lossy {
	r.t.Helper()
	l := &lossy{server: r.server, lose: func(string) bool { return false }}
	if err := r.queue.Close(); err != nil {
		r.t.Fatal(err)
	}
	cfg := r.setup.queue
	cfg.Options = []nats.Option{nats.InProcessServer(l)}
	q, err := queue.Connect(r.t.Context(), cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	r.queue = q
	return l
}

// losing loses publishes on subjects with the prefix from now on; "" nothing.
func (l *lossy) losing(prefix string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lose = func(subject string) bool { return prefix != "" && strings.HasPrefix(subject, prefix) }
}

func (l *lossy) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost
}

func (l *lossy) InProcessConn() (net.Conn, error) {
	conn, err := l.server.InProcessConn()
	return &lossyConn{Conn: conn, lossy: l}, err
}

type lossyConn struct {
	net.Conn
	lossy *lossy
	rest  []byte
}

func (c *lossyConn) Write(b []byte) (int, error) {
	c.rest = append(c.rest, b...)
	var out []byte
	for {
		op, subject := nextOp(c.rest)
		if op == nil {
			break
		}
		c.rest = c.rest[len(op):]
		if !c.lossy.takes(subject) {
			out = append(out, op...)
		}
	}
	if len(out) > 0 {
		if _, err := c.Conn.Write(out); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

func (l *lossy) takes(subject string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if subject == "" || !l.lose(subject) {
		return false
	}
	l.lost++
	return true
}

// nextOp cuts one whole operation of the client protocol off b, and tells the
// subject if it is a publish.
func nextOp(b []byte) (op []byte, subject string) {
	end := bytes.Index(b, []byte("\r\n"))
	if end < 0 {
		return nil, ""
	}
	words := strings.Fields(string(b[:end]))
	size := end + 2
	if words[0] == "PUB" || words[0] == "HPUB" {
		payload, _ := strconv.Atoi(words[len(words)-1])
		size += payload + 2
		subject = words[1]
	}
	if len(b) < size {
		return nil, ""
	}
	return b[:size], subject
}
