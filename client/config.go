package client

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

// DefaultBaseURL is where the provider's API lives.
const DefaultBaseURL = "https://api.itniotech.com/otp"

const (
	defaultTimeout     = 8 * time.Second
	defaultConcurrency = 64

	minTimeout = 100 * time.Millisecond
	maxTimeout = 60 * time.Second
)

// Config says where the provider is and who calls it. The env tags are meant
// for a loader that adds the prefix OTPWORKER_.
type Config struct {
	// BaseURL is the address before "/verification/…". https, or http on a
	// loopback host for tests and the sandbox.
	// Defaults to https://api.itniotech.com/otp.
	BaseURL string `env:"PROVIDER_URL" desc:"base URL of the provider's API" example:"http://127.0.0.1:8090/otp"`

	// APIKey names the account. Defaults to none: it is required.
	APIKey redact.Secret `env:"API_KEY" desc:"API key of the provider account" example:"bDqJFiq9"`

	// APISecret signs each request and never travels. Defaults to none: it is
	// required.
	APISecret redact.Secret `env:"API_SECRET" desc:"API secret of the provider account" example:"7bz1lzh9"`

	// Timeout is the hard limit of one call, from dialling to the last byte of
	// the answer, 100ms to 60s. An earlier deadline of the call's context wins.
	// Defaults to 8s.
	Timeout time.Duration `env:"CALL_TIMEOUT" desc:"hard limit of one call to the provider, 100ms to 60s" example:"8s"`

	// Concurrency is how many connections are kept open between calls; more
	// calls at once are allowed, and close their connections afterwards.
	// Defaults to 64.
	Concurrency int

	// Propagate names headers to send along with each request, such as the trace
	// context of ctx. Those that the client sets itself, and what is no header,
	// are left out. Defaults to none: the provider is another company.
	Propagate func(ctx context.Context, headers http.Header)

	// Dial opens the connection below TLS, for tests and unusual networks.
	// Defaults to a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// DefaultConfig returns the defaults; only the key and the secret are missing.
func DefaultConfig() Config {
	return Config{
		BaseURL:     DefaultBaseURL,
		Timeout:     defaultTimeout,
		Concurrency: defaultConcurrency,
	}
}

// withDefaults fills what was left at its zero value.
func (c Config) withDefaults() Config {
	d := DefaultConfig()
	if c.BaseURL == "" {
		c.BaseURL = d.BaseURL
	}
	if c.Timeout == 0 {
		c.Timeout = d.Timeout
	}
	if c.Concurrency == 0 {
		c.Concurrency = d.Concurrency
	}
	return c
}
