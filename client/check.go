package client

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/otpworker/otpworker/schema/redact"
)

// maxID is the longest id that is put into a path, and kept of an answer.
const maxID = 64

// faults gathers everything that is wrong with one request. None of its
// checks shows a text that was given.
type faults []Fault

func (f *faults) add(field, problem string) {
	*f = append(*f, Fault{Field: field, Problem: problem})
}

// err keeps an empty list from becoming an error that is not nil.
func (f faults) err(op string) error {
	if len(f) == 0 {
		return nil
	}
	return &InvalidRequestError{Op: op, Faults: f}
}

func (f *faults) within(field string, n, least, most int64) {
	if n < least || n > most {
		f.add(field, fmt.Sprintf("%d is outside %d to %d", n, least, most))
	}
}

// withinOrUnset is within for a field that 0 leaves out.
func (f *faults) withinOrUnset(field string, n, least, most int64) {
	if n != 0 {
		f.within(field, n, least, most)
	}
}

// length counts characters, not bytes.
func (f *faults) length(field, s string, least, most int) {
	if n := utf8.RuneCountInString(s); n < least || n > most {
		f.add(field, fmt.Sprintf("has %d characters, must have %d to %d", n, least, most))
	}
}

func (f *faults) appID(s string) { f.length("appId", s, 4, 32) }

func (f *faults) name(s string) { f.length("name", s, 4, 32) }

// id wants what is safe in a path.
func (f *faults) id(field, s string) {
	if s == "" || len(s) > maxID || strings.IndexFunc(s, notIDLetter) >= 0 {
		f.add(field, "must have 1 to 64 characters of A-Z a-z 0-9 _ -")
	}
}

// appPath is an appId that stands in a path.
func (f *faults) appPath(s string) {
	if len(s) < 4 || len(s) > 32 || strings.IndexFunc(s, notIDLetter) >= 0 {
		f.add("appId", "must have 4 to 32 characters of A-Z a-z 0-9 _ -")
	}
}

func notIDLetter(r rune) bool {
	switch {
	case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '-', r == '_':
		return false
	}
	return true
}

// code does not tell how long the code is.
func (f *faults) code(c redact.Code, least, most int) {
	if n := utf8.RuneCountInString(c.Reveal()); n < least || n > most {
		f.add("code", fmt.Sprintf("must have %d to %d characters", least, most))
	}
}

func (f *faults) phone(field string, p redact.Phone) {
	if s := p.Reveal(); len(s) < 10 || len(s) > 14 || strings.IndexFunc(s, notDigit) >= 0 {
		f.add(field, "must be country code and number, 10 to 14 digits without +")
	}
}

func (f *faults) channel(s string) {
	switch s {
	case "", ChannelSMS, ChannelCall, ChannelSNA:
	default:
		f.add("channel", "must be sms, call or sna; leave it out for sms")
	}
}

// reference is the number of a template or flow; required ones cannot be 0.
func (f *faults) reference(field string, n int64, required bool) {
	switch {
	case n < 0:
		f.add(field, "must be 1 or more")
	case n == 0 && required:
		f.add(field, "is required: 1 or more")
	}
}
