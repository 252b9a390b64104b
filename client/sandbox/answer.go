package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

func writeJSON(w http.ResponseWriter, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json;charset=UTF-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // a caller who is gone is no fault of ours
}

// refuse answers HTTP 200 and a status, with a reason that quotes the number.
func refuse(w http.ResponseWriter, status, to string) {
	writeJSON(w, fmt.Appendf(nil, `{"status":%q,"reason":%q,"data":null}`, status, reasons[status]+": "+to))
}

// accepted is the answer of an endpoint that says nothing but yes.
var accepted = []byte(`{"status":"0","reason":"success"}`)

// found is a good answer with data.
func found(data any) (status string, body []byte) {
	text, err := json.Marshal(data)
	if err != nil { // texts, numbers and lists of them always marshal
		return statusParameter, nil
	}
	return statusOK, fmt.Appendf(nil, `{"status":"0","reason":"success","data":%s}`, text)
}

// sentBody needs no escaping: each value was checked or made here.
func sentBody(s Send) []byte {
	b := fmt.Appendf(make([]byte, 0, 192), `{"status":"0","reason":"success","data":{"verificationId":"%s","to":"%s","channel":"%s"`,
		s.VerificationID, s.To.Reveal(), s.Channel)
	if s.Channel == channelSNA {
		b = fmt.Appendf(b, `,"snaUrl":"%s"`, snaURL(s.VerificationID))
	}
	return append(b, "}}"...)
}

func snaURL(verificationID string) string { return "https://sandbox.invalid/sna/" + verificationID }
