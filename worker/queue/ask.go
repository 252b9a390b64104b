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
// with each job: message and channel of a request serve the next one, one timer
// serves all, and what goes out at about the same time goes out in one write.
type asker struct {
	mu    sync.Mutex
	inbox string // "" until the first request
	asked []*asked
	free  []*asked
	// out waits to be published, in this order; sending: somebody is at it.
	out, spare []*asked
	sending    bool
	// timer fires at due, which is no later than the first request is over.
	timer *time.Timer
	due   time.Time
}

// asked is the place of one request.
type asked struct {
	place, turn uint32
	waiting     bool
	by          time.Time
	answer      chan answer // holds one
	msg         nats.Msg
	values      [maxHeaders][1]string
	// queued: it is in the asker's out; given: nobody waits for it any more.
	queued, given bool
}

// An answer is what came, or why nothing will.
type answer struct {
	msg *nats.Msg
	err error
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
	now := time.Now()
	by := now.Add(askLongest)
	if d, ok := ctx.Deadline(); ok {
		by = d
	}
	if !now.Before(by) {
		return nil, context.DeadlineExceeded
	}
	if err := over(ctx); err != nil {
		return nil, err
	}
	a, err := q.asks.begin(q.nc, by)
	if err != nil {
		return nil, err
	}
	defer q.asks.end(a)
	a.fill(q.asks.inbox, subject, data, headers)
	q.asks.send(q.nc, a)
	return a.wait(ctx)
}

// tell publishes a message that nobody answers, and does not wait until it is
// published.
func (q *Queue) tell(subject string, data []byte, headers ...header) error {
	a, err := q.asks.begin(q.nc, time.Time{})
	if err != nil {
		return err
	}
	a.fill("", subject, data, headers)
	q.asks.send(q.nc, a)
	q.asks.end(a)
	return nil
}

// fill makes the message. It keeps a copy of the data: it may be published when
// nobody waits for it any more.
func (a *asked) fill(inbox, subject string, data []byte, headers []header) {
	clear(a.msg.Header)
	for i, h := range headers {
		a.values[i][0] = h.value
		a.msg.Header[h.key] = a.values[i][:]
	}
	a.msg.Subject, a.msg.Data = subject, append(a.msg.Data[:0], data...)
	a.msg.Reply = ""
	if inbox != "" {
		a.msg.Reply = inbox + strconv.FormatUint(uint64(a.turn)<<32|uint64(a.place), 36)
	}
}

func (a *asked) wait(ctx context.Context) (*nats.Msg, error) {
	select {
	case got := <-a.answer:
		if got.err == nil && len(got.msg.Data) == 0 && got.msg.Header.Get("Status") == "503" {
			return nil, nats.ErrNoResponders
		}
		return got.msg, got.err
	case <-ended(ctx):
		return nil, ctx.Err()
	}
}

// begin takes a free place, for a request that is over by then; zero: it has no
// answer.
func (k *asker) begin(nc *nats.Conn, by time.Time) (*asked, error) {
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
		a = &asked{place: uint32(len(k.asked)), answer: make(chan answer, 1)} //nolint:gosec // twice as many as requests at once, at most
		a.msg.Header = make(nats.Header, usualHeaders)
		k.asked = append(k.asked, a)
	}
	a.turn++
	a.by, a.waiting = by, !by.IsZero()
	if a.waiting && (k.due.IsZero() || by.Before(k.due)) {
		k.wakeAt(by)
	}
	return a, nil
}

// end gives the place back; an answer that comes later is nobody's.
func (k *asker) end(a *asked) {
	k.mu.Lock()
	defer k.mu.Unlock()
	a.given, a.waiting = true, false
	if !a.queued {
		k.take(a)
	}
}

// take makes a place free that nobody has to do with any more.
func (k *asker) take(a *asked) {
	select {
	case <-a.answer: // it came as the wait was over
	default:
	}
	a.given = false
	if cap(a.msg.Data) > keptData {
		a.msg.Data = nil
	}
	k.free = append(k.free, a)
}

// keptData is how much room for its data a free place keeps.
const keptData = 4 << 10

// wakeAt has the timer end what is over then.
func (k *asker) wakeAt(due time.Time) {
	k.due = due
	if left := max(time.Until(due), 1); k.timer == nil {
		k.timer = time.AfterFunc(left, k.expire)
	} else {
		k.timer.Reset(left)
	}
}

// expire ends the requests whose time is over.
func (k *asker) expire() {
	k.mu.Lock()
	defer k.mu.Unlock()
	now, next := time.Now(), time.Time{}
	for _, a := range k.asked {
		switch {
		case !a.waiting:
		case !a.by.After(now):
			a.tell(a.turn, answer{err: context.DeadlineExceeded})
		case next.IsZero() || a.by.Before(next):
			next = a.by
		}
	}
	if k.due = next; !next.IsZero() {
		k.wakeAt(next)
	}
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
		k.asked[place].tell(turn, answer{msg: m})
	}
}

func (a *asked) tell(turn uint32, got answer) {
	if a.waiting && a.turn == turn {
		a.waiting = false
		a.answer <- got
	}
}

// disconnected ends what waits: its answers will not come.
func (k *asker) disconnected() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, a := range k.asked {
		a.tell(a.turn, answer{err: nats.ErrDisconnected})
	}
}
