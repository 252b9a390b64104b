package client

import (
	"net/http"
	"testing"
	"time"
)

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for _, tc := range []struct {
		name, value, date string
		want              time.Duration
		named             bool
	}{
		{"none", "", "", 0, false},
		{"seconds", "7", "", 7 * time.Second, true},
		{"blanks", " 7 ", "", 7 * time.Second, true},
		{"zero", "0", "", 0, true},
		{"negative", "-5", "", 0, true},
		{"capped", "86400", "", time.Hour, true},
		{"beyond an integer", "99999999999999999999999", "", time.Hour, true},
		{"date by our clock", at(90 * time.Second), "", 90 * time.Second, true},
		{"date by theirs", at(90 * time.Second), at(60 * time.Second), 30 * time.Second, true},
		{"date by theirs, ours is 2h off", at(2*time.Hour + 5*time.Second), at(2 * time.Hour), 5 * time.Second, true},
		{"date with a broken Date", at(90 * time.Second), "yesterday", 90 * time.Second, true},
		{"date gone by", at(-time.Minute), "", 0, true},
		{"date far off", at(48 * time.Hour), "", time.Hour, true},
		{"words", "soon", "", 0, false},
		{"fraction", "1.5", "", 0, false},
		{"sign only", "-", "", 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, named := parseRetryAfter(tc.value, tc.date, now)
			if got != tc.want || named != tc.named {
				t.Errorf("got %v %v, want %v %v", got, named, tc.want, tc.named)
			}
		})
	}
}
