package client

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/otpworker/otpworker/schema/plain"
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
	if a.readErr != nil {
		return envelope{}, false
	}
	status, data, ok := plainEnvelope(a.body)
	if !ok {
		status, data, ok = anyEnvelope(a.body)
	}
	n, err := strconv.Atoi(strings.TrimSpace(status))
	if !ok || err != nil || n < -maxStatus || n > maxStatus {
		return envelope{}, false
	}
	if a.flat {
		data = a.body
	}
	return envelope{status: strconv.Itoa(n), data: data}, true
}

func anyEnvelope(body []byte) (status string, data json.RawMessage, ok bool) {
	var e struct {
		Status text            `json:"status"`
		Data   json.RawMessage `json:"data"`
	}
	err := json.Unmarshal(body, &e)
	return string(e.Status), e.Data, err == nil
}

// plainEnvelope is anyEnvelope for the answers that nearly all are; it decides
// nothing about others.
func plainEnvelope(body []byte) (status string, data json.RawMessage, ok bool) {
	r := plain.Read(string(body))
	seen := 0
	for name, more := r.Next(); more; name, more = r.Next() {
		bit := 0
		switch name {
		case "status":
			status, bit = r.Text(), 1
		case "data":
			data, bit = json.RawMessage(r.Raw()), 2
		default:
			pass(&r, name, "status", "data")
		}
		once(&r, &seen, bit)
	}
	return status, data, r.Done()
}

// pass passes over a field that we do not know, unless encoding/json would take
// it for one of ours.
func pass(r *plain.Reader, name string, ours ...string) {
	for _, known := range ours {
		if strings.EqualFold(name, known) {
			r.Odd()
		}
	}
	r.Raw()
}

// once gives up on a field that is there twice: the last one would count.
func once(r *plain.Reader, seen *int, bit int) {
	if *seen&bit != 0 {
		r.Odd()
	}
	*seen |= bit
}
