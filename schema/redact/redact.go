// Package redact holds the values that must never be printed: API secrets,
// one-time codes, phone numbers and raw job payloads.
//
// Each type prints a mask through fmt (every verb), log/slog, encoding/json
// and encoding.TextMarshaler. Reveal is the only way to the value, so a leak
// has to be written down to happen. The value sits behind a pointer: fmt does
// not call methods on unexported fields, and would print a plain string there.
//
// No mask is a valid value: a Job that was marshalled by mistake, mask and
// all, fails validation instead of sending the mask to somebody's phone.
package redact

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// errNotString leaves the value out on purpose.
var errNotString = errors.New("expects a JSON string")

type value struct{ p *string }

func hold(s string) value {
	if s == "" {
		return value{}
	}
	return value{p: &s}
}

// Reveal returns the value itself. Never pass it to a log, an error, a trace,
// a metric or a subject.
func (v value) Reveal() string {
	if v.p == nil {
		return ""
	}
	return *v.p
}

// IsZero reports whether the value is empty. encoding/json uses it for
// omitzero, env for required fields.
func (v value) IsZero() bool { return v.p == nil }

func (v *value) fromJSON(data []byte) error {
	if string(data) == "null" {
		*v = value{}
		return nil
	}
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return errNotString
	}
	*v = hold(s)
	return nil
}

// format prints the mask whatever the verb, so that %x or %d cannot dig the
// value out.
func format(f fmt.State, mask string) { _, _ = io.WriteString(f, mask) }

// Secret is an API key, API secret or token. It prints "[redacted]".
type Secret struct{ value }

// NewSecret wraps s. White space around it is cut off: a secret read from a
// file ends in a newline, and a newline in a secret breaks every signature.
func NewSecret(s string) Secret { return Secret{hold(strings.TrimSpace(s))} }

const secretMask = "[redacted]"

func (s Secret) String() string                   { return secretMask }
func (s Secret) Format(f fmt.State, _ rune)       { format(f, secretMask) }
func (s Secret) LogValue() slog.Value             { return slog.StringValue(secretMask) }
func (s Secret) MarshalText() ([]byte, error)     { return []byte(secretMask), nil }
func (s *Secret) UnmarshalText(text []byte) error { *s = NewSecret(string(text)); return nil }
func (s *Secret) UnmarshalJSON(data []byte) error { return s.fromJSON(data) }

// Code is a one-time code. It prints "[redacted code]", which is longer than
// the ten characters a code may have.
type Code struct{ value }

// NewCode wraps s as it is.
func NewCode(s string) Code { return Code{hold(s)} }

const codeMask = "[redacted code]"

func (c Code) String() string                   { return codeMask }
func (c Code) Format(f fmt.State, _ rune)       { format(f, codeMask) }
func (c Code) LogValue() slog.Value             { return slog.StringValue(codeMask) }
func (c Code) MarshalText() ([]byte, error)     { return []byte(codeMask), nil }
func (c *Code) UnmarshalText(text []byte) error { *c = NewCode(string(text)); return nil }
func (c *Code) UnmarshalJSON(data []byte) error { return c.fromJSON(data) }

// Phone is a phone number. It prints its last four digits at most
// ("***4567"), and of a short number nothing.
type Phone struct{ value }

// NewPhone wraps s as it is.
func NewPhone(s string) Phone { return Phone{hold(s)} }

// Mask returns what a person may see of the number: "***" and its last four
// characters.
func (p Phone) Mask() string {
	s := p.Reveal()
	if len(s) < 10 || strings.IndexFunc(s, notDigit) >= 0 {
		return "***"
	}
	return "***" + s[len(s)-4:]
}

func notDigit(r rune) bool { return r < '0' || r > '9' }

func (p Phone) String() string                   { return p.Mask() }
func (p Phone) Format(f fmt.State, _ rune)       { format(f, p.Mask()) }
func (p Phone) LogValue() slog.Value             { return slog.StringValue(p.Mask()) }
func (p Phone) MarshalText() ([]byte, error)     { return []byte(p.Mask()), nil }
func (p *Phone) UnmarshalText(text []byte) error { *p = NewPhone(string(text)); return nil }
func (p *Phone) UnmarshalJSON(data []byte) error { return p.fromJSON(data) }

// Payload is the raw body of a message: it holds a code and a number, and
// perhaps anything. It prints its length.
type Payload struct{ value }

// NewPayload copies data.
func NewPayload(data []byte) Payload { return Payload{hold(string(data))} }

func (p Payload) mask() string                 { return fmt.Sprintf("[%d bytes]", len(p.Reveal())) }
func (p Payload) String() string               { return p.mask() }
func (p Payload) Format(f fmt.State, _ rune)   { format(f, p.mask()) }
func (p Payload) LogValue() slog.Value         { return slog.StringValue(p.mask()) }
func (p Payload) MarshalText() ([]byte, error) { return []byte(p.mask()), nil }
