package schema

import (
	"strings"
	"testing"
)

func TestCheckReplyTo(t *testing.T) {
	standard := []string{ReplySubjects}
	everything := []string{">"}
	for name, test := range map[string]struct {
		subject string
		allowed []string
		ok      bool
	}{
		"under the prefix":          {"otp.v1.reply.shop.1", standard, true},
		"another prefix":            {"shop.answers.1", []string{"x.y", "shop.*.1"}, true},
		"literal pattern":           {"shop.answers", []string{"shop.answers"}, true},
		"inbox, allowed by name":    {"_INBOX.aB3.x", []string{"_INBOX.>"}, true},
		"own inbox, by name":        {"_INBOX_w.aB3", []string{"_INBOX_w.>"}, true},
		"anything else":             {"shop.answers", everything, true},
		"reply under everything":    {"otp.v1.reply.x", everything, true},
		"no pattern":                {"otp.v1.reply.shop", nil, false},
		"empty":                     {"", everything, false},
		"the prefix alone":          {"otp.v1.reply", standard, false},
		"longer than the pattern":   {"shop.answers.1", []string{"shop.*"}, false},
		"shorter than the pattern":  {"shop", []string{"shop.*"}, false},
		"outside":                   {"shop.answers", standard, false},
		"inbox under everything":    {"_INBOX.aB3", everything, false},
		"inbox under a star":        {"_INBOX.aB3", []string{"*.>"}, false},
		"inbox of another client":   {"_INBOX_w.aB3", []string{"_INBOX.>"}, false},
		"stream api":                {"$JS.API.STREAM.DELETE.OTP_JOBS", everything, false},
		"ack":                       {"$JS.ACK.OTP_JOBS.w.1", []string{"$JS.>"}, false},
		"key value":                 {"$KV.otp_ledger.x", everything, false},
		"job":                       {"otp.v1.job.batch.demo-app", everything, false},
		"result":                    {"otp.v1.result.batch.demo-app", []string{ResultSubjects}, false},
		"dead":                      {"otp.v1.dead.x", everything, false},
		"the root":                  {"otp.v1", everything, false},
		"star":                      {"otp.v1.reply.*", standard, false},
		"tail":                      {"otp.v1.reply.>", standard, false},
		"empty token":               {"otp.v1.reply..x", standard, false},
		"space":                     {"otp.v1.reply.a b", standard, false},
		"newline":                   {"otp.v1.reply.a\r\nPUB x", standard, false},
		"nine tokens":               {"otp.v1.reply.4.5.6.7.8.9", standard, false},
		"eight tokens":              {"otp.v1.reply.4.5.6.7.8", standard, true},
		"long":                      {"otp.v1.reply." + strings.Repeat("x", 188), standard, false},
		"as long as can be":         {"otp.v1.reply." + strings.Repeat("x", 187), standard, true},
		"tail in a pattern's midst": {"a.b.c", []string{"a.>.c"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := CheckReplyTo(test.subject, test.allowed)
			if (err == nil) != test.ok {
				t.Errorf("%s under %v: got %v, want ok %v", test.subject, test.allowed, err, test.ok)
			}
		})
	}
}

func FuzzCheckReplyTo(f *testing.F) {
	for _, subject := range []string{"otp.v1.reply.shop", "otp.v1.job.batch.x", "$JS.API.INFO", "_INBOX.a", "a.*.>", "shop.answers"} {
		f.Add(subject, "shop.*")
		f.Add(subject, ">")
	}
	f.Fuzz(func(t *testing.T, subject, pattern string) {
		if CheckReplyTo(subject, []string{pattern}) != nil {
			return
		}
		if strings.ContainsAny(subject, "$*> \t\r\n\x00") || len(subject) > 200 || strings.Count(subject, ".") > 7 {
			t.Errorf("%q is accepted", subject)
		}
		prefix, _, _ := strings.Cut(pattern, "*")
		if !strings.HasPrefix(subject, strings.TrimSuffix(prefix, ">")) {
			t.Errorf("%q is accepted under %q", subject, pattern)
		}
		if strings.HasPrefix(subject, "otp.v1.") && !strings.HasPrefix(subject, "otp.v1.reply.") {
			t.Errorf("%q is one of the worker's own subjects", subject)
		}
	})
}

func TestReplyTakesOwn(t *testing.T) {
	for pattern, want := range map[string]bool{
		">": true, "otp.>": true, "*.>": true, "otp.v1.>": true, "otp.*.>": true, "*.v1.job.>": true, "otp.v1.job.>": true,
		"otp.v1.*.a": true, "otp.v1.result": true, "otp.v1.dead.x": true,
		"otp.v1.reply.>": false, "otp.v1.reply.*": false, "otp.v1.reply": false, "*.*.reply.>": false, "answers.>": false, "a": false, "*": false,
		"otp": false, "otp.v2.>": false, "otp.v1": false, "b.*": false, "_INBOX.>": false, "*.b.>": false,
	} {
		if got := ReplyTakesOwn(pattern); got != want {
			t.Errorf("%s: %t, want %t", pattern, got, want)
		}
	}
}
