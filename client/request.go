package client

import (
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/otpworker/otpworker/schema/redact"
)

// An account is a key and the secret that goes with it. They are never mixed with
// another's: a request takes both from one account.
type account struct {
	key, secret redact.Secret
	signature   atomic.Pointer[signature]
}

// A signature is the part of a request's head that changes with the second, as it
// stands on the wire.
type signature struct {
	unix int64
	head string
}

// signed returns the head's signature for now; all requests of a second have the
// same, since only key, secret and timestamp are signed.
func (a *account) signed(now int64) string {
	if s := a.signature.Load(); s != nil && s.unix == now {
		return s.head
	}
	timestamp := strconv.FormatInt(now, 10)
	s := &signature{unix: now, head: "Sign: " + Sign(a.key, a.secret, timestamp) + "\r\nTimestamp: " + timestamp + "\r\n\r\n"}
	a.signature.Store(s)
	return s.head
}

// appendRequest appends a request as it goes over the wire. Nothing in it can
// break out of its line: the key is visible ASCII (Config.Validate), the URL
// escapes.
func (c *Client) appendRequest(b []byte, x exchange) []byte {
	by := x.by
	if by == nil {
		by = c.account.Load()
	}
	b = append(b, x.method...)
	b = append(b, ' ')
	b = append(b, x.url.RequestURI()...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, c.base.Host...)
	b = append(b, "\r\nUser-Agent: otpworker\r\n"...)
	if len(x.body) > 0 {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, int64(len(x.body)), 10)
		b = append(b, "\r\n"...)
	}
	b = append(b, "Api-Key: "...)
	b = append(b, by.key.Reveal()...)
	b = append(b, "\r\nContent-Type: application/json;charset=UTF-8\r\n"...)
	b = append(b, x.extra...)
	b = append(b, by.signed(c.clock.now().Unix())...)
	return append(b, x.body...)
}

// address is where to dial.
func address(scheme, host string) string {
	if strings.LastIndexByte(host, ':') > strings.LastIndexByte(host, ']') {
		return host
	}
	if scheme == "https" {
		return host + ":443"
	}
	return host + ":80"
}
