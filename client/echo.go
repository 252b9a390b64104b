package client

import "net/http"

// unreadable is for an answer that accepts and whose data cannot be used.
func unreadable(op string, cause error) error {
	return &UnknownError{Op: op, HTTPStatus: http.StatusOK, Err: cause}
}

// echoed fills in an id that the answer left out, and finds an answer that is
// about another one.
func echoed(op string, got *string, want string) error {
	switch *got {
	case "":
		*got = want
	case want:
	default:
		return unreadable(op, errOtherID)
	}
	return nil
}
