package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
)

// reasons are the provider's own words (provider page: /api/otp/statusCode).
var reasons = map[string]string{
	"-1":  "authentication error",
	"-2":  "restricted IP access",
	"-10": "insufficient balance",
	"-16": "timestamp expired",
	"-18": "port program unusual",
	"-20": "data existing",
	"-21": "data validation exception",
	"-22": "parameter exception",
	"-23": "data cap reached",
	"-24": "data not existing",
	"-25": "out of time range",
	"-26": "failed to get the rate",
	"-27": "total send limit of the period reached",
	"-28": "send limit of the phone reached",
	"-29": "sensitive words in the content",
}

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

// acceptedBody needs no escaping: each value was checked or made here.
func acceptedBody(s Send) []byte {
	b := fmt.Appendf(make([]byte, 0, 192), `{"status":"0","reason":"success","data":{"verificationId":"%s","to":"%s","channel":"%s"`,
		s.VerificationID, s.To.Reveal(), s.Channel)
	if s.Channel == "sna" {
		b = fmt.Appendf(b, `,"snaUrl":"https://sandbox.invalid/sna/%s"`, s.VerificationID)
	}
	return append(b, "}}"...)
}
