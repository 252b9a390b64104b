package client

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// InvalidRequestError says that the request is outside the provider's ranges
// and was not made: nothing was written. It lists every fault.
type InvalidRequestError struct {
	Op     string
	Faults []Fault
}

// Fault is one field that is outside its range.
type Fault struct {
	// Field is the provider's name of the field, with its path where it is
	// nested: "periodTotalSendLimit.limit", "flow[0].waitingTime".
	Field string

	// Problem says what is wrong and what would be right. It never shows a
	// text that was given, which may be a code or a number in a wrong place.
	Problem string
}

func (e *InvalidRequestError) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.Field + ": " + f.Problem
	}
	return fmt.Sprintf("call %s: invalid request: %s", e.Op, strings.Join(lines, "; "))
}

// NotSentError says that nothing of the request was written to a connection:
// the provider cannot know of it. Err is the cause (dial, DNS, TLS, a context
// that ended before the write, ErrClosed).
type NotSentError struct {
	Op  string
	Err error
}

func (e *NotSentError) Error() string { return fmt.Sprintf("call %s: nothing sent: %v", e.Op, e.Err) }
func (e *NotSentError) Unwrap() error { return e.Err }

// RefusedError says that the provider answered and did not accept it. Whether
// that proves that nothing was done is for NothingDone to say.
type RefusedError struct {
	Op         string
	HTTPStatus int

	// Status is the envelope's status, such as StatusPhoneLimit; "" if a 4xx
	// came without an envelope. It is always a number of at most five digits.
	Status Status
}

func (e *RefusedError) Error() string {
	if e.Status == "" {
		return fmt.Sprintf("call %s: refused with HTTP %d", e.Op, e.HTTPStatus)
	}
	return fmt.Sprintf("call %s: refused with status %s", e.Op, e.Status)
}

// ThrottledError says that the request was turned away unread: HTTP 429, or
// 503 with a Retry-After.
type ThrottledError struct {
	Op         string
	HTTPStatus int

	// RetryAfter is the least time to wait, 0 to 1h; 0 if the answer named
	// none.
	RetryAfter time.Duration
}

func (e *ThrottledError) Error() string {
	return fmt.Sprintf("call %s: throttled with HTTP %d, retry after %s", e.Op, e.HTTPStatus, e.RetryAfter)
}

// UnknownError says that bytes were written and that no trustworthy answer
// came: a timeout, a reset, a 5xx or a redirect, a body that is cut, too long
// or no envelope. The provider may have done it.
type UnknownError struct {
	Op string

	// HTTPStatus is 0 if no answer began.
	HTTPStatus int
	Err        error
}

func (e *UnknownError) Error() string {
	after := ""
	if e.HTTPStatus != 0 {
		after = " after HTTP " + strconv.Itoa(e.HTTPStatus)
	}
	return fmt.Sprintf("call %s: outcome unknown%s: %v", e.Op, after, e.Err)
}
func (e *UnknownError) Unwrap() error { return e.Err }
