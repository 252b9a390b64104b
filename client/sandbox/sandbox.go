package sandbox

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Sandbox is one provider account in memory. It is safe for use by many
// goroutines.
type Sandbox struct {
	cfg     Config
	words   []string // Config.SensitiveWords in lower case
	handler http.Handler
	serving lifecycle
	keys    keys

	telling sync.Mutex // keeps OnMessage in order; taken before mu

	mu       sync.Mutex
	advanced time.Duration
	account  account
	phones   fifo[window] // of apps with a limit per phone
	book     book
	schedule schedule
	alarm    alarm
	inbox    inbox
	news     []Message // not yet told
	codes    *rand.Rand
	stats    counters
	fault    faultState
	tries    fifo[int] // calls per orderId to a number of the table
}

// New returns a sandbox that serves nothing yet: see Serve and Handler.
func New(cfg Config) *Sandbox {
	cfg = cfg.withDefaults()
	s := &Sandbox{
		cfg:     cfg,
		account: newAccount(cfg, time.Now()),
		phones:  newFIFO[window](cfg.MaxSends),
		book:    newBook(cfg.MaxSends),
		codes:   newCodeSource(),
		tries:   newFIFO[int](cfg.MaxSends),
		stats:   counters{refused: map[string]int64{}},
	}
	for _, word := range cfg.SensitiveWords {
		if word != "" {
			s.words = append(s.words, strings.ToLower(word))
		}
	}
	s.keys.put(cfg.APIKey, cfg.APISecret)
	s.alarm.silent = sync.NewCond(&s.mu)
	s.serving.init()
	s.handler = s.routes()
	return s
}

// Handler serves the provider's paths and the sandbox's own, for a server of
// the caller's.
func (s *Sandbox) Handler() http.Handler { return s.handler }

// Expect tells when the code sent under orderID expires, on our clock, so that
// Stats can count sends after it. It holds for sends to come.
func (s *Sandbox) Expect(orderID string, expiresAt time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.book.expiry.put(orderID, expiresAt)
}

// Sends returns the accepted sends under orderID, oldest first. What a flow
// sent after them is in Inbox and in records.
func (s *Sandbox) Sends(orderID string) []Send {
	s.mu.Lock()
	defer s.mu.Unlock()
	var sent []Send
	for _, v := range s.book.of(orderID) {
		sent = append(sent, v.Send)
	}
	return sent
}

// SetFault makes sends (and record queries if f.Records, and the rest if
// f.Others) fail as f says until it is replaced. Fault{} ends it.
func (s *Sandbox) SetFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = faultState{Fault: f}
}
