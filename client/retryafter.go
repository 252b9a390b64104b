package client

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter keeps a broken answer from stopping us for a day.
const maxRetryAfter = time.Hour

// parseRetryAfter reads both forms of the header, seconds and an HTTP date. A
// date is measured against the answer's own Date, which comes from the same
// clock, or else against now. The result is 0 to 1h; false if there is no
// readable header.
func parseRetryAfter(value, date string, now time.Time) (time.Duration, bool) {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0, false
	}
	if wait, ok := parseSeconds(value); ok {
		return wait, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if sent, err := http.ParseTime(date); err == nil {
		now = sent
	}
	return clamp(at.Sub(now)), true
}

// parseSeconds takes any count of digits: too many for an integer are the
// longest wait, not a fault.
func parseSeconds(value string) (time.Duration, bool) {
	digits, negative := strings.CutPrefix(value, "-")
	if digits == "" || strings.IndexFunc(digits, notDigit) >= 0 {
		return 0, false
	}
	if negative {
		return 0, true
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n > int(maxRetryAfter/time.Second) {
		return maxRetryAfter, true
	}
	return time.Duration(n) * time.Second, true
}

func notDigit(r rune) bool { return r < '0' || r > '9' }

func clamp(d time.Duration) time.Duration { return min(max(d, 0), maxRetryAfter) }
