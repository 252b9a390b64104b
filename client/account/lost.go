package account

import (
	"errors"
	"net/http"

	"github.com/otpworker/otpworker/client"
)

// isUnknownID takes -22 for it too: what the provider answers to an id that it
// does not know is not documented.
func isUnknownID(err error) bool {
	refused, ok := errors.AsType[*client.RefusedError](err)
	return ok && (refused.Status == client.StatusNotFound || refused.Status == client.StatusInvalidParameter ||
		refused.Status == "" && refused.HTTPStatus == http.StatusNotFound)
}

// Undetermined reports whether a call may have been done in spite of its error:
// no trustworthy answer came, or one that is a refusal and proves nothing.
func Undetermined(err error) bool {
	if _, lost := errors.AsType[*client.UnknownError](err); lost {
		return true
	}
	refused, ok := errors.AsType[*client.RefusedError](err)
	return ok && !refused.NothingDone()
}
