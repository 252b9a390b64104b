package queue

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// An asker makes requests and waits for their answers, all on one inbox. It is
// what the client library's request does, for what a worker does several times
// with each job: message, channel and timer of a request serve the next one.
type asker struct {
	mu    sync.Mutex
	inbox string // "" until the first request
	asked []*asked
	free  []*asked
}

// asked is the place of one request.
type asked struct {
	place, turn uint32
	waiting     bool
	answer      chan *nats.Msg // holds one
	timer       *time.Timer
	msg         nats.Msg
	values      [maxHeaders][1]string
}

// A header is one of a request's, which has few.
type header struct{ key, value string }

const (
	// usualHeaders has room for the two of a trace context.
	usualHeaders = 4
	// maxHeaders has room for those of a CloudEvent too.
	maxHeaders = usualHeaders + 8
)

// askLongest bounds a request whose context has no deadline.
const askLongest = 5 * time.Second

// ask publishes a message and returns what is answered: [nats.ErrNoResponders]
// if nobody listens, [nats.ErrDisconnected] if the connection breaks meanwhile,
// [ErrUnreachable] without one.
// data is the caller's again when it returns.
func (q *Queue) ask(ctx context.Context, subject string, data []byte, headers ...header) (*nats.Msg, error) {
	by := time.Now().Add(askLongest)
	if d, ok := ctx.Deadline(); ok {
		by = d
	}
	left := time.Until(by)
	if left <= 0 {
		return nil, context.DeadlineExceeded
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a, err := q.asks.begin(q.nc)
	if err != nil {
		return nil, err
	}
	defer q.asks.end(a)
	a.fill(q.asks.inbox, subject, data, headers)
	if err := q.nc.PublishMsg(&a.msg); err != nil {
		return nil, unsent(err)
	}
	return a.wait(ctx, left)
}

// tell publishes a message that nobody answers.
func (q *Queue) tell(subject string, data []byte, headers ...header) error {
	a, err := q.asks.begin(q.nc)
	if err != nil {
		return err
	}
	defer q.asks.end(a)
	a.fill("", subject, data, headers)
	return unsent(q.nc.PublishMsg(&a.msg))
}

// fill makes the message; publishing it copies it.
func (a *asked) fill(inbox, subject string, data []byte, headers []header) {
	clear(a.msg.Header)
	for i, h := range headers {
		a.values[i][0] = h.value
		a.msg.Header[h.key] = a.values[i][:]
	}
	a.msg.Subject, a.msg.Data = subject, data
	a.msg.Reply = ""
	if inbox != "" {
		a.msg.Reply = inbox + strconv.FormatUint(uint64(a.turn)<<32|uint64(a.place), 36)
	}
}

func (a *asked) wait(ctx context.Context, left time.Duration) (*nats.Msg, error) {
	if a.timer == nil {
		a.timer = time.NewTimer(left)
	} else {
		a.timer.Reset(left)
	}
	defer a.timer.Stop()
	select {
	case m := <-a.answer:
		switch {
		case m == nil:
			return nil, nats.ErrDisconnected
		case len(m.Data) == 0 && m.Header.Get("Status") == "503":
			return nil, nats.ErrNoResponders
		}
		return m, nil
	case <-a.timer.C:
		return nil, context.DeadlineExceeded
	case <-ended(ctx):
		return nil, ctx.Err()
	}
}

// begin takes a free place.
func (k *asker) begin(nc *nats.Conn) (*asked, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.inbox == "" {
		inbox := nc.NewInbox() + "."
		if _, err := nc.Subscribe(inbox+"*", k.answered); err != nil {
			return nil, err
		}
		k.inbox = inbox
	}
	var a *asked
	if last := len(k.free) - 1; last >= 0 {
		a, k.free = k.free[last], k.free[:last]
	} else {
		a = &asked{place: uint32(len(k.asked)), answer: make(chan *nats.Msg, 1)} //nolint:gosec // as many as jobs in hand
		a.msg.Header = make(nats.Header, usualHeaders)
		k.asked = append(k.asked, a)
	}
	a.turn++
	a.waiting = true
	return a, nil
}

// end gives the place back; an answer that comes later is nobody's.
func (k *asker) end(a *asked) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !a.waiting {
		select {
		case <-a.answer: // it came as the wait was over
		default:
		}
	}
	a.waiting, a.msg.Data = false, nil
	k.free = append(k.free, a)
}

func (k *asker) answered(m *nats.Msg) {
	token, err := strconv.ParseUint(m.Subject[strings.LastIndexByte(m.Subject, '.')+1:], 36, 64)
	if err != nil {
		return
	}
	place, turn := uint32(token), uint32(token>>32) //nolint:gosec // two halves of one number
	k.mu.Lock()
	defer k.mu.Unlock()
	if int(place) < len(k.asked) {
		k.asked[place].tell(turn, m)
	}
}

func (a *asked) tell(turn uint32, m *nats.Msg) {
	if a.waiting && a.turn == turn {
		a.waiting = false
		a.answer <- m
	}
}

// disconnected ends what waits: its answers will not come.
func (k *asker) disconnected() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, a := range k.asked {
		a.tell(a.turn, nil)
	}
}
