package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema/redact"
)

// maxRequest bounds what is read of a request.
const maxRequest = 64 << 10

// read decodes a request in the documented order and returns the status it
// earns so far. The types are strict, as documented: a number where a text
// belongs is a parameter fault.
func (s *Sandbox) read(r *http.Request, into any) string {
	if r.Method == http.MethodGet {
		return s.authenticate(r.Header)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
	if err != nil || len(body) > maxRequest {
		return statusParameter
	}
	unfit := json.Unmarshal(body, into)
	if _, malformed := errors.AsType[*json.SyntaxError](unfit); malformed {
		return statusParameter
	}
	if status := s.authenticate(r.Header); status != statusOK {
		return status
	}
	if unfit != nil {
		return statusParameter
	}
	return statusOK
}

// authenticate compares hex digits without regard to case, as the provider
// says it does.
func (s *Sandbox) authenticate(h http.Header) string {
	timestamp := h.Get("Timestamp")
	key := redact.NewSecret(h.Get("Api-Key"))
	secret, known := s.keys.get(key)
	if !known || !strings.EqualFold(h.Get("Sign"), client.Sign(key, secret, timestamp)) {
		return statusAuth
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || s.signatureTime().Sub(time.Unix(seconds, 0)).Abs() > s.cfg.TimestampWindow {
		return statusTimestamp
	}
	return statusOK
}
