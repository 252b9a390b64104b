package queue

import (
	"runtime"

	"github.com/nats-io/nats.go"
)

// send publishes a message, or leaves that to somebody who is at it already.
//
// The client library writes to the socket as soon as a goroutine that published
// waits for its answer: one system call a message, for us and for the broker.
// Here the first one lets the others come along and publishes for all of them.
// With nothing else to do it goes on at once.
func (k *asker) send(nc *nats.Conn, a *asked) {
	k.mu.Lock()
	a.queued = true
	k.out = append(k.out, a)
	if k.sending {
		k.mu.Unlock()
		return
	}
	k.sending = true
	k.mu.Unlock()
	runtime.Gosched()
	k.publishAll(nc)
}

// publishAll publishes until nothing waits.
func (k *asker) publishAll(nc *nats.Conn) {
	for batch := k.next(nil); batch != nil; batch = k.next(batch) {
		for _, a := range batch {
			k.publish(nc, a)
		}
	}
}

// next is what waits to be published; done is what was. nil: nothing waits.
func (k *asker) next(done []*asked) []*asked {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, a := range done {
		a.queued = false
		if a.given {
			k.take(a)
		}
	}
	if len(k.out) == 0 {
		k.sending = false
		return nil
	}
	batch := k.out
	k.out, k.spare = k.spare[:0], batch
	return batch
}

func (k *asker) publish(nc *nats.Conn, a *asked) {
	err := nc.PublishMsg(&a.msg)
	if err == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	a.tell(a.turn, answer{err: unsent(err)})
}
