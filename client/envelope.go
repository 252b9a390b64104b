package client

import (
	"encoding/json"
	"strconv"
	"strings"
)

// maxStatus bounds a status to five digits: one that could hold a phone number
// is none.
const maxStatus = 99_999

type envelope struct {
	status string
	data   json.RawMessage
}

// envelope reports false if the body is not JSON or has no usable status. The
// reason next to it is never read: it may quote the number.
func (a answer) envelope() (envelope, bool) {
	var e struct {
		Status text            `json:"status"`
		Data   json.RawMessage `json:"data"`
	}
	if a.readErr != nil || json.Unmarshal(a.body, &e) != nil {
		return envelope{}, false
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(e.Status)))
	if err != nil || n < -maxStatus || n > maxStatus {
		return envelope{}, false
	}
	if a.flat {
		e.Data = a.body
	}
	return envelope{status: strconv.Itoa(n), data: e.Data}, true
}
