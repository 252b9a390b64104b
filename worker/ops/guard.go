package ops

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// guarded is around everything: no answer is stored or shown inside another's
// page, and no other page's form changes anything here.
func guarded(next http.Handler) http.Handler {
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	}))
}

// own answers over loopback to this machine's own names and those that were set: a
// page from elsewhere can give its name our address, and would read what is here.
// Elsewhere the port may be called by any name if none was set: the network around
// it says who may come. Health is told to anybody: proxies ask for it by names of
// their own.
func own(names []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := hostOf(r)
		switch {
		case isLocal(host) || slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, host) }):
		case overLoopback(r):
			http.Error(w, "over loopback this port answers to localhost, to addresses of loopback and to the names in OTPWORKER_HTTP_HOSTS only", http.StatusMisdirectedRequest)
			return
		case len(names) > 0 && net.ParseIP(host) == nil:
			http.Error(w, "this port answers to addresses, to localhost and to the names in OTPWORKER_HTTP_HOSTS only", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func overLoopback(r *http.Request) bool {
	addr, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	return ok && addr.IP.IsLoopback()
}

// hostOf is the name or address that a request asks for, without a port.
func hostOf(r *http.Request) string {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), ".")
}

// isLocal says that a name or address is one of loopback.
func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
