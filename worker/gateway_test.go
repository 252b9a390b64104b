package worker_test

import (
	"bytes"
	"encoding/json"
	"hash/fnv"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
)

// odds are how often the provider and the way to it fail, in per mille of the
// calls, questions about records included.
type odds struct {
	lostRequest, lostAnswer, http5xx, garbage, slow int
	// late is how long a send may take to show up in a record; each send has
	// its own share of it.
	late time.Duration
	// latency is that of most answers.
	latency time.Duration
}

// A call is one request to sendRule as it arrived at the provider's socket.
type call struct {
	orderID string
	at      time.Time
}

// fakeGateway stands in front of the sandbox and loses, spoils and delays.
type fakeGateway struct {
	box    *sandbox.Sandbox
	pipe   *sandbox.PipeListener
	server *http.Server

	mu     sync.Mutex
	rand   *rand.Rand
	odds   odds
	calls  []call
	signs  []string
	faults int
}

func startGateway(box *sandbox.Sandbox) *fakeGateway {
	p := &fakeGateway{box: box, pipe: sandbox.Pipe(), rand: rand.New(rand.NewPCG(1, 1))}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: time.Minute}
	go func() { _ = p.server.Serve(p.pipe) }()
	synctest.Wait() // it listens
	return p
}

func (p *fakeGateway) close() { _ = p.server.Close() }

// misbehave sets the odds from now on.
func (p *fakeGateway) misbehave(seed uint64, o odds) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rand, p.odds = rand.New(rand.NewPCG(seed, 2)), o
}

// arrived are the calls so far, in order.
func (p *fakeGateway) arrived() []call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]call(nil), p.calls...)
}

func (p *fakeGateway) faultCount() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.faults
}

// mishap is what happens to one call.
type mishap int

const (
	nothing mishap = iota
	requestLost
	answerLost
	badGateway
	garbled
)

// roll decides what happens to a call. hang: the caller hears nothing at all,
// in place of a broken connection; sends: a 5xx comes from behind the sending.
func (p *fakeGateway) roll() (m mishap, hang, sends bool, delay time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	hang, sends = p.rand.IntN(2) == 0, p.rand.IntN(2) == 0
	if o := p.odds.latency; o > 0 {
		delay = o/2 + time.Duration(p.rand.Int64N(int64(o)))
	}
	if p.rand.IntN(1000) < p.odds.slow {
		delay += time.Duration(p.rand.Int64N(int64(10 * time.Second)))
	}
	n := p.rand.IntN(1000)
	for i, share := range []int{p.odds.lostRequest, p.odds.lostAnswer, p.odds.http5xx, p.odds.garbage} {
		if n < share {
			p.faults++
			return mishap(i + 1), hang, sends, delay
		}
		n -= share
	}
	return nothing, hang, sends, delay
}

func (p *fakeGateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller died while it wrote
	}
	asks := strings.HasSuffix(r.URL.Path, "/record")
	orderID := p.note(r, body, asks)
	m, hang, sends, delay := p.roll()
	if m == requestLost || m == badGateway && !sends {
		p.fail(w, r, m, hang)
		return
	}
	answer := httptest.NewRecorder()
	if asks && !p.shows(orderID) {
		answer.Body.WriteString(`{"status":"-24","reason":"data not existing","data":null}`)
	} else {
		r.Body = io.NopCloser(bytes.NewReader(body))
		p.box.Handler().ServeHTTP(answer, r)
	}
	time.Sleep(delay)
	if m != nothing {
		p.fail(w, r, m, hang)
		return
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // a caller that is gone is no fault of ours
}

func (p *fakeGateway) fail(w http.ResponseWriter, r *http.Request, m mishap, hang bool) {
	switch m {
	case badGateway:
		http.Error(w, "bad gateway", http.StatusBadGateway)
		return
	case garbled:
		_, _ = io.WriteString(w, "\x00]{status")
		return
	case nothing, requestLost, answerLost:
	}
	if hang {
		<-r.Context().Done()
	}
	panic(http.ErrAbortHandler)
}

func (p *fakeGateway) note(r *http.Request, body []byte, asks bool) (orderID string) {
	var about struct{ OrderID string }
	_ = json.Unmarshal(body, &about) // the sandbox judges it
	p.mu.Lock()
	defer p.mu.Unlock()
	p.signs = append(p.signs, r.Header.Get("Sign"))
	if !asks {
		p.calls = append(p.calls, call{about.OrderID, time.Now()})
	}
	return about.OrderID
}

// shows says whether a record of the order is visible by now.
func (p *fakeGateway) shows(orderID string) bool {
	p.mu.Lock()
	late := p.odds.late
	p.mu.Unlock()
	if late <= 0 {
		return true
	}
	h := fnv.New32a()
	_, _ = io.WriteString(h, orderID)
	late = time.Duration(float64(late) * float64(h.Sum32()) / (1 << 32))
	for _, sent := range p.box.Sends(orderID) {
		if time.Since(sent.At) >= late {
			return true
		}
	}
	return false
}
