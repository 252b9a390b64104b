package worker

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/otpworker/otpworker/client"
)

// A Verdict is what one answer of the provider, or its absence, says.
type Verdict struct {
	Outcome Outcome
	Class   Class
	Scope   Scope
	Reason  string
	// Status is the provider's code, empty if it gave none.
	Status string
	// RetryAfter is how long the provider asked us to wait.
	RetryAfter time.Duration
}

// classify reads the error of a client call; nil means accepted. Errors are
// told apart by type, never by text.
func (t table) classify(err error) Verdict {
	if err == nil { // before what is declared for errors only, and costs memory
		return Verdict{Outcome: Accepted, Reason: reasonSent, Status: "0"}
	}
	var (
		refused   *client.RefusedError
		throttled *client.ThrottledError
		notSent   *client.NotSentError
		invalid   *client.InvalidRequestError
	)
	switch {
	case errors.As(err, &refused):
		return t.refusal(refused)
	case errors.As(err, &throttled):
		v := verdict(Refused, ruleThrottled)
		v.RetryAfter = throttled.RetryAfter
		return v
	case errors.As(err, &notSent):
		return verdict(NotSent, ruleNotSent)
	case errors.As(err, &invalid):
		// The client lets nothing out of range through. A job's own ranges are
		// narrower, so this is a fault of ours, and the job's end.
		return verdict(NotSent, ruleInvalidRequest)
	}
	// Failure policy: whatever was written and not answered in a form we trust
	// may have been sent. It costs a question to the provider and a wait; a
	// second message to the same phone would cost more.
	return verdict(Unknown, ruleUnreachable)
}

func (t table) refusal(err *client.RefusedError) Verdict {
	if err.Status != "" {
		r := t.rule(err.Status)
		v := verdict(Refused, r)
		v.Status = err.Status
		return v
	}
	switch err.HTTPStatus {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusProxyAuthRequired:
		return verdict(Refused, ruleHTTPAuth)
	case http.StatusRequestTimeout, http.StatusTooEarly:
		return verdict(Refused, ruleTooEarly)
	}
	return verdict(Refused, ruleHTTP4xx)
}

// httpStatus is the HTTP status of an answer, 0 if there was none.
func httpStatus(err error) int {
	if err == nil {
		return http.StatusOK
	}
	var (
		refused   *client.RefusedError
		throttled *client.ThrottledError
		unknown   *client.UnknownError
	)
	switch {
	case errors.As(err, &refused):
		return refused.HTTPStatus
	case errors.As(err, &throttled):
		return throttled.HTTPStatus
	case errors.As(err, &unknown):
		return unknown.HTTPStatus
	}
	return 0
}

func verdict(o Outcome, r Rule) Verdict {
	return Verdict{Outcome: o, Class: r.Class, Scope: r.Scope, Reason: r.Reason}
}

// ours reports whether the call ended because we ended it, by a stop or by a
// deadline (lease, expiry) earlier than the call timeout's: that says nothing
// about the provider.
func ours(err error, timeout time.Time) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) && time.Now().Before(timeout)
}
