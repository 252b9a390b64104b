package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// ErrClosed is inside the NotSentError of a call on a closed client.
var ErrClosed = errors.New("client is closed")

const (
	// idleTimeout is shorter than the minute or more that servers and load
	// balancers keep an idle connection, so that we close it first: a request
	// written into a connection that the other side is closing is lost with an
	// unknown outcome.
	idleTimeout = 30 * time.Second

	maxHeaderBytes = 64 << 10
)

// Client calls the provider. It is safe for use by many goroutines. It prints
// neither key nor secret.
type Client struct {
	account      atomic.Pointer[account] // who signs; see Rekey
	base         *url.URL
	sendRuleURL  *url.URL // of the two calls that a worker makes, made once
	recordURL    *url.URL
	timeout      time.Duration
	clock        clock
	pool         pool
	address      string
	tls          *tls.Config                        // nil over http
	propagate    func(context.Context, http.Header) // nil: nothing
	dialRaw      func(ctx context.Context, network, addr string) (net.Conn, error)
	closing      context.Context // done once Close began; ends dials
	startClosing context.CancelFunc
	mu           sync.RWMutex // keeps running.Add before running.Wait
	closed       bool
	running      sync.WaitGroup // calls
}

// New returns a client. It connects at the first call. The error is
// Config.Validate's.
func New(cfg Config) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configure client: %w", err)
	}
	cfg = cfg.withDefaults()
	base, err := url.Parse(cfg.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("configure client: %w", err)
	}
	if base.Path == "" {
		base.Path = "/" // JoinPath would make a relative path, which is no HTTP
	}
	c := &Client{
		base:        base,
		sendRuleURL: base.JoinPath("verification", "sendRule"),
		recordURL:   base.JoinPath("verification", "orderId", "record"),
		timeout:     cfg.Timeout,
		propagate:   cfg.Propagate,
		dialRaw:     cfg.Dial,
		address:     address(base.Scheme, base.Host),
		pool:        pool{most: cfg.Concurrency},
	}
	if c.dialRaw == nil {
		c.dialRaw = (&net.Dialer{}).DialContext
	}
	if base.Scheme == "https" {
		c.tls = tlsConfig(base.Hostname(), cfg.Concurrency)
	}
	c.account.Store(&account{key: cfg.APIKey, secret: cfg.APISecret})
	c.closing, c.startClosing = context.WithCancel(context.Background())
	return c, nil
}

func tlsConfig(host string, sessions int) *tls.Config {
	return &tls.Config{
		ServerName:         host,
		MinVersion:         tls.VersionTLS12,
		NextProtos:         []string{"http/1.1"},
		ClientSessionCache: tls.NewLRUClientSessionCache(sessions),
	}
}

// ClockOffset is how far the provider's clock is ahead of ours, by the Date
// header of its latest answer; 0 if the difference is below 2s or no answer
// came yet. It is used for timestamps only once the provider has called one
// expired (status -16).
func (c *Client) ClockOffset() time.Duration { return c.clock.latest() }

// Close ends dials, waits for the calls that have a connection (each ends by
// its own deadline) and closes all connections. Calls that come later fail
// with ErrClosed.
func (c *Client) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.startClosing()
	c.running.Wait()
	c.pool.close()
}

// enter counts a call in; running.Done counts it out.
func (c *Client) enter() error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.closed {
		return ErrClosed
	}
	c.running.Add(1)
	return nil
}

// Format prints the address that is called, whatever the verb: the fields
// change under the printer's hands, and two of them are secrets.
func (c *Client) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "client of %s", c.base.Host)
}
