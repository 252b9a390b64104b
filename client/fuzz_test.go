package client

import (
	"errors"
	"regexp"
	"testing"
	"time"
)

// phoneLike finds what the other side may have quoted of a number.
var phoneLike = regexp.MustCompile(`[0-9]{6}`)

func FuzzAnswer(f *testing.F) {
	f.Add(200, "", "", []byte(`{"status":"0","reason":"success","data":{"verificationId":22206051443051000003,"to":"8613800138000","channel":"sms"}}`))
	f.Add(200, "", "", []byte(`{"status":" -28","reason":"limit of 8613800138000","data":[]}`))
	f.Add(200, "", "", []byte(`{"status":0,"data":{"orderId":"o","verifications":{"matched":3},"sms":{"status":"-1"},"call":[{"terminationCode":1}]}}`))
	f.Add(429, "Sat, 21 Nov 2026 12:00:00 GMT", "Sat, 21 Nov 2026 11:00:00 GMT", []byte(`slow down`))
	f.Add(503, "99999999999999999999", "", []byte(`{"status":"8613800138000"}`))
	f.Fuzz(func(t *testing.T, code int, retryAfter, date string, body []byte) {
		a := answer{op: opSendRule, httpStatus: code, retryAfter: retryAfter, date: date, body: body, now: time.Unix(1, 0)}
		data, err := a.judge()
		decodeSendRule(data)
		rec := decodeRecord(data)
		if rec.Found != (rec.State != "") {
			t.Errorf("found %v in state %q", rec.Found, rec.State)
		}
		if err == nil {
			if code/100 != 2 {
				t.Errorf("HTTP %d is accepted", code)
			}
			return
		}
		checkTyped(t, err)
		if len(data) > 0 {
			t.Errorf("data beside the error %v", err)
		}
		if code >= 100 && code <= 999 && phoneLike.MatchString(err.Error()) {
			t.Errorf("the error may quote a number: %v", err)
		}
	})
}

func checkTyped(t *testing.T, err error) {
	t.Helper()
	throttled, ok := errors.AsType[*ThrottledError](err)
	if ok && (throttled.RetryAfter < 0 || throttled.RetryAfter > maxRetryAfter) {
		t.Errorf("waits %v", throttled.RetryAfter)
	}
	if got := outcome(err); len(got) > 8 && got[:8] == "untyped:" {
		t.Error(got)
	}
}
