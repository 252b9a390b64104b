package console

import (
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	// policy allows files of this package and nothing else.
	policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	// maxBody bounds a form.
	maxBody = 64 << 10
)

// guarded is around everything that the page answers.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		http.NewCrossOriginProtection().Handler(next).ServeHTTP(w, r)
	})
}

// action is around each handler that changes something.
func (p *Page) action(do handler) handler {
	return func(r *http.Request) answer {
		switch {
		case p.cfg.Token.IsZero():
			return answer{
				status: http.StatusForbidden, template: "message", title: "This page is read-only",
				data: message{Text: "Set OTPWORKER_HTTP_TOKEN, at least 16 characters, to act from here. The otpworker command does the same without the page."},
			}
		case !p.mayAct(r):
			return answer{next: loginFor(cameFrom(r))}
		}
		if refusal, ok := badForm(r); !ok {
			return refusal
		}
		return do(r)
	}
}

// cameFrom is the page of ours that a form stood on, or the overview.
func cameFrom(r *http.Request) string {
	if u, err := url.Parse(r.Referer()); err == nil && u.Host == r.Host {
		return localPath(u.RequestURI())
	}
	return "/"
}

// badForm reads a form; ok is false if it cannot be read.
func badForm(r *http.Request) (refusal answer, ok bool) {
	if err := r.ParseForm(); err != nil {
		return answer{
			status: http.StatusBadRequest, template: "message", title: "Not understood",
			data: message{Text: "The form could not be read, or was too large."},
		}, false
	}
	return answer{}, true
}

func seconds(d time.Duration) string { return strconv.Itoa(int((d + time.Second - 1) / time.Second)) }
