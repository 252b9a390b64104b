package client

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// outcome is an error in one comparable word.
func outcome(err error) string {
	var (
		notSent   *NotSentError
		refused   *RefusedError
		throttled *ThrottledError
		unknown   *UnknownError
		invalid   *InvalidRequestError
	)
	switch {
	case errors.As(err, &invalid):
		return "invalid"
	case err == nil:
		return "accepted"
	case errors.As(err, &notSent):
		return "not sent"
	case errors.As(err, &refused):
		return strings.TrimSpace(fmt.Sprintf("refused %d %s", refused.HTTPStatus, refused.Status))
	case errors.As(err, &throttled):
		return fmt.Sprintf("throttled %d %s", throttled.HTTPStatus, throttled.RetryAfter)
	case errors.As(err, &unknown):
		return fmt.Sprintf("unknown %d", unknown.HTTPStatus)
	}
	return "untyped: " + err.Error()
}

func TestJudge(t *testing.T) {
	const accepted = `{"status":"0","data":{"verificationId":"1"}}`
	for _, tc := range []struct {
		name       string
		http       int
		retryAfter string
		body       string
		readErr    error
		want       string
	}{
		{"accepted", 200, "", accepted, nil, "accepted"},
		{"accepted, a number", 200, "", `{"status":0}`, nil, "accepted"},
		{"accepted, padded", 200, "", `{"status":" 0 "}`, nil, "accepted"},
		{"accepted with 201", 201, "", accepted, nil, "accepted"},
		{"accepted with null data", 200, "", `{"status":"0","data":null}`, nil, "accepted"},
		{"accepted with array data", 200, "", `{"status":"0","data":[]}`, nil, "accepted"},
		{"refused", 200, "", `{"status":"-28","reason":"x"}`, nil, "refused 200 -28"},
		{"refused, a number", 200, "", `{"status":-28}`, nil, "refused 200 -28"},
		{"refused, padded", 200, "", `{"status":" -28"}`, nil, "refused 200 -28"},
		{"refused, unlisted", 200, "", `{"status":"-99"}`, nil, "refused 200 -99"},
		{"refused with 400", 400, "", `{"status":"-22"}`, nil, "refused 400 -22"},
		{"refused with 500", 500, "", `{"status":"-18"}`, nil, "refused 500 -18"},
		{"400 bare", 400, "", "", nil, "refused 400"},
		{"401 page", 401, "", "<html>", nil, "refused 401"},
		{"404 other JSON", 404, "", `{"error":"no route"}`, nil, "refused 404"},
		{"400 cut", 400, "", "", io.ErrUnexpectedEOF, "unknown 400"},
		{"400 that accepts", 400, "", accepted, nil, "unknown 400"},
		{"500", 500, "", "oops", nil, "unknown 500"},
		{"500 that accepts", 500, "", accepted, nil, "unknown 500"},
		{"502", 502, "", "", nil, "unknown 502"},
		{"503 without Retry-After", 503, "", "", nil, "unknown 503"},
		{"503 with a broken Retry-After", 503, "soon", "", nil, "unknown 503"},
		{"503 with Retry-After", 503, "3", "", nil, "throttled 503 3s"},
		{"504 with Retry-After", 504, "3", "", nil, "unknown 504"},
		{"429", 429, "", "", nil, "throttled 429 0s"},
		{"429 with Retry-After", 429, "2", "", nil, "throttled 429 2s"},
		{"429 with a status", 429, "2", `{"status":"-15"}`, nil, "throttled 429 2s"},
		{"429 cut", 429, "2", "", io.ErrUnexpectedEOF, "throttled 429 2s"},
		{"429 that accepts", 429, "2", accepted, nil, "unknown 429"},
		{"307", 307, "", "", nil, "unknown 307"},
		{"302 with a status", 302, "", `{"status":"-22"}`, nil, "unknown 302"},
		{"307 that accepts", 307, "", accepted, nil, "unknown 307"},
		{"switching protocols", 101, "", "", nil, "unknown 101"},
		{"999", 999, "", "", nil, "unknown 999"},
		{"cut", 200, "", "", io.ErrUnexpectedEOF, "unknown 200"},
		{"empty", 200, "", "", nil, "unknown 200"},
		{"no status", 200, "", `{"data":{}}`, nil, "unknown 200"},
		{"null status", 200, "", `{"status":null}`, nil, "unknown 200"},
		{"empty status", 200, "", `{"status":""}`, nil, "unknown 200"},
		{"boolean status", 200, "", `{"status":true}`, nil, "unknown 200"},
		{"status in words", 200, "", `{"status":"ok"}`, nil, "unknown 200"},
		{"status that is a number of a phone", 200, "", `{"status":"8613800138000"}`, nil, "unknown 200"},
		{"status that is a fraction", 200, "", `{"status":0.5}`, nil, "unknown 200"},
		{"array", 200, "", `[]`, nil, "unknown 200"},
		{"null", 200, "", `null`, nil, "unknown 200"},
		{"two documents", 200, "", `{"status":"0"}{"status":"0"}`, nil, "unknown 200"},
		{"half a document", 200, "", `{"status":"0"`, nil, "unknown 200"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := answer{op: opSendRule, httpStatus: tc.http, retryAfter: tc.retryAfter, body: []byte(tc.body), readErr: tc.readErr, now: time.Unix(0, 0)}
			if tc.readErr != nil {
				a.body = nil
			}
			_, err := a.judge()
			if got := outcome(err); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestErrorTexts(t *testing.T) {
	cause := errors.New("cause")
	for want, err := range map[string]error{
		"call sendRule: nothing sent: cause":                         &NotSentError{Op: opSendRule, Err: cause},
		"call sendRule: refused with status -28":                     &RefusedError{Op: opSendRule, HTTPStatus: 200, Status: "-28"},
		"call sendRule: refused with HTTP 401":                       &RefusedError{Op: opSendRule, HTTPStatus: 401},
		"call sendRule: throttled with HTTP 429, retry after 2s":     &ThrottledError{Op: opSendRule, HTTPStatus: 429, RetryAfter: 2 * time.Second},
		"call orderId/record: outcome unknown: cause":                &UnknownError{Op: opRecord, Err: cause},
		"call orderId/record: outcome unknown after HTTP 500: cause": &UnknownError{Op: opRecord, HTTPStatus: 500, Err: cause},
	} {
		if got := err.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if errors.Unwrap(err) != nil && !errors.Is(err, cause) {
			t.Errorf("%v hides its cause", err)
		}
	}
}
