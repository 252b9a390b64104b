package client

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

var (
	errNoEnvelope    = errors.New("the answer has no status")
	errContradiction = errors.New("the envelope accepts and HTTP refuses")
	errHTTPStatus    = errors.New("unexpected HTTP status")
)

// answer is one HTTP answer, taken apart. now is when its header arrived.
type answer struct {
	op         string
	flat       bool // see exchange
	httpStatus int
	date       string
	retryAfter string
	now        time.Time
	body       []byte
	readErr    error
}

// judge is a pure table from an answer to data or one of the typed errors.
//
// Failure policy: an envelope with a status other than 0 is the provider's own
// word under any HTTP status, since what it answers failures with is not
// documented. Acceptance needs both, a 2xx and status 0. Whatever contradicts
// itself is unknown.
func (a answer) judge() (json.RawMessage, error) {
	env, ok := a.envelope()
	wait, named := parseRetryAfter(a.retryAfter, a.date, a.now)
	throttled := a.httpStatus == http.StatusTooManyRequests ||
		(a.httpStatus == http.StatusServiceUnavailable && named)
	family := a.httpStatus / 100
	switch {
	case ok && env.status == StatusOK && family == 2:
		return env.data, nil
	case ok && env.status == StatusOK:
		return nil, a.unknown(errContradiction)
	case throttled:
		return nil, &ThrottledError{Op: a.op, HTTPStatus: a.httpStatus, RetryAfter: wait}
	case a.readErr != nil:
		return nil, a.unknown(a.readErr)
	case family < 2 || family == 3 || family > 5:
		return nil, a.unknown(errHTTPStatus)
	case ok:
		return nil, &RefusedError{Op: a.op, HTTPStatus: a.httpStatus, Status: env.status}
	case family == 4:
		return nil, &RefusedError{Op: a.op, HTTPStatus: a.httpStatus}
	case family == 5:
		return nil, a.unknown(errHTTPStatus)
	}
	return nil, a.unknown(errNoEnvelope)
}

func (a answer) unknown(cause error) error {
	return &UnknownError{Op: a.op, HTTPStatus: a.httpStatus, Err: cause}
}

func isTimestampExpired(err error) bool {
	refused, ok := errors.AsType[*RefusedError](err)
	return ok && refused.Status == StatusTimestampExpired
}
