package ops

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/otpworker/otpworker/worker/stats"
)

func handler(cfg Config) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", health(cfg, func(s stats.Snapshot) bool { return s.Alive }))
	mux.Handle("GET /readyz", health(cfg, func(s stats.Snapshot) bool { return s.Ready }))
	mux.Handle("GET /stats", own(cfg.Hosts, statsOf(cfg)))
	if cfg.Metrics != nil {
		mux.Handle("GET /metrics", own(cfg.Hosts, cfg.Metrics))
	}
	if cfg.Page != nil {
		mux.Handle("/", own(cfg.Hosts, cfg.Page))
	}
	return guarded(mux)
}

// health says "ok", or why not, a line for each reason.
func health(cfg Config, well func(stats.Snapshot) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s := cfg.Snapshot()
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if well(s) {
			_, _ = w.Write([]byte("ok\n"))
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(strings.Join(s.Why, "\n") + "\n"))
	})
}

func statsOf(cfg Config) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !r.URL.Query().Has("fleet") {
			writeJSON(w, cfg.Snapshot())
			return
		}
		if cfg.Overview != nil {
			if o, err := cfg.Overview(r.Context()); err == nil {
				writeJSON(w, o)
				return
			}
		}
		http.Error(w, "the worker has no connection to the queue yet", http.StatusServiceUnavailable)
	})
}

func writeJSON(w http.ResponseWriter, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "cannot be written as JSON", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(data, '\n'))
}
