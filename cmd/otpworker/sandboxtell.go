package main

import (
	"fmt"
	"io"
	"sync/atomic"

	"github.com/otpworker/otpworker/client/sandbox"
)

// tellerRoom is how many messages may wait to be printed.
const tellerRoom = 1024

// A teller prints what the sandbox sends. A terminal that stands still must
// not hold up the provider: messages beyond tellerRoom are counted instead.
type teller struct {
	queue  chan sandbox.Message
	missed atomic.Int64
	done   chan struct{}
}

func newTeller(w io.Writer) *teller {
	t := &teller{queue: make(chan sandbox.Message, tellerRoom), done: make(chan struct{})}
	go t.print(w)
	return t
}

// tell takes a message whose end is known: that is when a phone shows it.
func (t *teller) tell(m sandbox.Message) {
	if m.State == sandbox.StateSending {
		return
	}
	select {
	case t.queue <- m:
	default:
		t.missed.Add(1)
	}
}

// end waits until all is printed; nothing may be told after it.
func (t *teller) end() {
	close(t.queue)
	<-t.done
}

func (t *teller) print(w io.Writer) {
	defer close(t.done)
	for m := range t.queue {
		_ = writeLine(w, m.To, messageLine(m)) // there is nowhere else to say so
		if n := t.missed.Swap(0); n > 0 {
			fmt.Fprintf(w, "%d messages not shown: they came faster than they could be printed\n", n)
		}
	}
}

// messageLine shows the code: it is the phone of a provider that does not
// exist.
func messageLine(m sandbox.Message) string {
	line := fmt.Sprintf("%s  %-4s  %s  %s", m.DoneAt.Local().Format("15:04:05"), m.Channel, m.To, m.Text.Reveal())
	if m.State == sandbox.StateFailed {
		line += "  (not delivered)"
	}
	return line
}
