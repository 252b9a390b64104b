package sandbox

import (
	"net/http"
	"sync"
	"time"
)

// Sandbox is one provider account in memory. It is safe for use by many
// goroutines.
type Sandbox struct {
	cfg     Config
	handler http.Handler
	serving lifecycle

	mu    sync.Mutex
	book  book
	stats counters
	fault faultState
	tries fifo[int] // calls per orderId to a number of the table
}

// New returns a sandbox that serves nothing yet: see Serve and Handler.
func New(cfg Config) *Sandbox {
	cfg = cfg.withDefaults()
	s := &Sandbox{
		cfg:   cfg,
		book:  newBook(cfg.MaxSends),
		tries: newFIFO[int](cfg.MaxSends),
		stats: counters{refused: map[string]int64{}},
	}
	s.serving.init()
	s.handler = s.routes()
	return s
}

// Handler serves the provider's paths and the sandbox's own, for a server of
// the caller's.
func (s *Sandbox) Handler() http.Handler { return s.handler }

// now is the provider's clock.
func (s *Sandbox) now() time.Time { return time.Now().Add(s.cfg.ClockOffset) }

// Expect tells when the code sent under orderID expires, on our clock, so that
// Stats can count sends after it. It holds for sends to come.
func (s *Sandbox) Expect(orderID string, expiresAt time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.book.expiry.put(orderID, expiresAt)
}

// Sends returns the accepted sends under orderID, oldest first.
func (s *Sandbox) Sends(orderID string) []Send {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.book.of(orderID)
}

// SetFault makes sends (and record queries, if f.Records) fail as f says until
// it is replaced. Fault{} ends it.
func (s *Sandbox) SetFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = faultState{Fault: f}
}
