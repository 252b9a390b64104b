package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// controlRoutes are the sandbox's own, unsigned.
func (s *Sandbox) controlRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /sandbox/stats", s.getStats)
	mux.HandleFunc("GET /sandbox/numbers", getNumbers)
	mux.HandleFunc("PUT /sandbox/fault", s.putFault)
	mux.HandleFunc("PUT /sandbox/expiry/{orderId}", s.putExpiry)
	mux.HandleFunc("GET /sandbox/clock", s.getClock)
	mux.HandleFunc("POST /sandbox/clock", s.postClock)
}

func (s *Sandbox) getStats(w http.ResponseWriter, _ *http.Request) { show(w, s.Stats()) }

func show(w http.ResponseWriter, v any) {
	body, err := json.Marshal(v)
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

func (s *Sandbox) getClock(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	now, advanced := s.time(), s.advanced
	s.mu.Unlock()
	show(w, map[string]string{"now": now.UTC().Format(time.RFC3339), "advanced": advanced.String()})
}

// postClock answers with the clock as it is then.
func (s *Sandbox) postClock(w http.ResponseWriter, r *http.Request) {
	d, err := readAdvance(r.Body)
	if err == nil {
		err = s.Advance(d)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.getClock(w, r)
}

func readAdvance(body io.Reader) (time.Duration, error) {
	var move struct {
		Advance any `json:"advance"`
	}
	dec := json.NewDecoder(io.LimitReader(body, maxRequest))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&move); err != nil {
		return 0, fmt.Errorf("decode clock: %w", err)
	}
	text, _ := move.Advance.(string)
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, errors.New(`decode clock: advance expects a time in quotes, with its unit, such as "60s" or "1m"`)
	}
	return d, nil
}
