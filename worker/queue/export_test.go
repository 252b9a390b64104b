package queue

import (
	"context"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Conn is the connection beneath.
func (q *Queue) Conn() *nats.Conn { return q.nc }

// JetStream is the JetStream beneath.
func (q *Queue) JetStream() jetstream.JetStream { return q.js }

// Ask makes one request.
func (q *Queue) Ask(ctx context.Context, subject, data string) (string, error) {
	m, err := q.ask(ctx, subject, []byte(data))
	if err != nil {
		return "", err
	}
	return string(m.Data), nil
}

// Tell publishes a message that has no answer.
func (q *Queue) Tell(subject string, data []byte) error { return q.tell(subject, data) }

// HoldBack keeps what is sent from being published, as somebody does who is at it
// and gets nowhere, until release is called.
func (q *Queue) HoldBack() (release func()) {
	q.asks.mu.Lock()
	defer q.asks.mu.Unlock()
	q.asks.sending = true
	return func() { q.asks.publishAll(q.nc) }
}

// Places is how many requests can be out without a new place.
func (q *Queue) Places() int {
	q.asks.mu.Lock()
	defer q.asks.mu.Unlock()
	return len(q.asks.asked)
}

// SearchFew has the queue looked through for so few jobs, until the function it
// returns is called.
func SearchFew(n int) (back func()) {
	before := maxSearched
	maxSearched = n
	return func() { maxSearched = before }
}

// OnThisMachine says whether a server's address is this machine's own.
var OnThisMachine = onThisMachine

// Try makes a request as the check of rights does for one that is answered.
func (q *Queue) Try(ctx context.Context, subject string) error {
	return q.try(ctx, probe{subject: subject, answered: true})
}
