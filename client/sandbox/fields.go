package sandbox

import (
	"strings"
	"unicode/utf8"
)

const (
	channelSMS  = "sms"
	channelCall = "call"
	channelSNA  = "sna"
)

func validAppID(s string) bool { return within(s, 4, 32) }

func validName(s string) bool { return within(s, 4, 32) }

func validVerificationID(s string) bool { return within(s, 1, 64) }

func validPhone(s string) bool { return within(s, 10, 14) && onlyDigits(s) }

func validChannel(s string) bool {
	return s == "" || s == channelSMS || s == channelCall || s == channelSNA
}

// channelOrSMS is what an absent channel means.
func channelOrSMS(s string) string {
	if s == "" {
		return channelSMS
	}
	return s
}

func onlyDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

func within(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return n >= least && n <= most
}

// inRange takes an absent number, which stands for a default.
func inRange(n *int, least, most int) bool { return n == nil || *n >= least && *n <= most }

// or is a setting's default where it is absent.
func or[T any](v *T, otherwise T) T {
	if v == nil {
		return otherwise
	}
	return *v
}
