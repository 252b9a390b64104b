package queue

import (
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Conn is the connection beneath.
func (q *Queue) Conn() *nats.Conn { return q.nc }

// JetStream is the JetStream beneath.
func (q *Queue) JetStream() jetstream.JetStream { return q.js }
