package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

func (s *Sandbox) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /otp/verification/sendRule", s.sendRule)
	mux.HandleFunc("POST /otp/verification/orderId/record", s.record)
	mux.HandleFunc("GET /sandbox/stats", s.getStats)
	mux.HandleFunc("GET /sandbox/numbers", getNumbers)
	mux.HandleFunc("PUT /sandbox/fault", s.putFault)
	mux.HandleFunc("PUT /sandbox/expiry/{orderId}", s.putExpiry)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
		mux.ServeHTTP(w, r)
	})
}

func (s *Sandbox) getStats(w http.ResponseWriter, _ *http.Request) {
	body, err := json.Marshal(s.Stats())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, body)
}

func getNumbers(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_ = WriteNumbers(w) // a caller who is gone is no fault of ours
}

func (s *Sandbox) putFault(w http.ResponseWriter, r *http.Request) {
	var f Fault
	if err := json.NewDecoder(io.LimitReader(r.Body, maxRequest)).Decode(&f); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.SetFault(f)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Sandbox) putExpiry(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(string(body)))
	if err != nil {
		http.Error(w, "expects an RFC 3339 time such as 2026-01-02T15:04:05Z", http.StatusBadRequest)
		return
	}
	s.Expect(r.PathValue("orderId"), at)
	w.WriteHeader(http.StatusNoContent)
}
