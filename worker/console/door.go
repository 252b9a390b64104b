package console

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

// doorHandlers are the login and the logout.
func (p *Page) doorHandlers() map[string]handler {
	if p.cfg.Token.IsZero() {
		return nil
	}
	return map[string]handler{"GET /login": p.showLogin, "POST /login": p.logIn, "POST /logout": p.logOut}
}

// A loginForm is the data of the login.
type loginForm struct{ Next, Fault string }

func loginFor(next string) string { return "/login?next=" + url.QueryEscape(next) }

func (p *Page) showLogin(r *http.Request) answer {
	next := localPath(r.URL.Query().Get("next"))
	if p.mayAct(r) {
		return answer{next: next}
	}
	return answer{template: "login", title: "Log in", data: loginForm{Next: next}}
}

func (p *Page) logIn(r *http.Request) answer {
	if refusal, ok := badForm(r); !ok {
		return refusal
	}
	now, from := time.Now(), placeOf(r)
	form := loginForm{Next: localPath(r.PostForm.Get("next"))}
	if wait := p.tries.take(from, now); wait > 0 {
		form.Fault = "Too many wrong tokens. Wait for " + seconds(wait) + " s."
		return answer{status: http.StatusTooManyRequests, template: "login", title: "Log in", data: form, retryAfter: wait}
	}
	session, ok := p.sessions.begin(strings.TrimSpace(r.PostForm.Get("token")), now)
	if !ok {
		p.cfg.Log.Warn("wrong token on the page", "from", from.Addr())
		form.Fault = "That is not the token."
		return answer{status: http.StatusForbidden, template: "login", title: "Log in", data: form}
	}
	p.tries.right(from)
	p.cfg.Log.Info("login on the page", "from", from.Addr())
	return answer{next: form.Next, cookie: sessionCookie(r, session, sessionLife)}
}

func (p *Page) logOut(r *http.Request) answer {
	if cookie, err := r.Cookie(cookieName); err == nil {
		p.sessions.end(cookie.Value)
	}
	return answer{next: "/", cookie: sessionCookie(r, "", -time.Second)}
}

// UseToken lets in who gives token from now on, and nobody who has given the
// former one. It has at least 16 characters. The page must have had a token
// before.
func (p *Page) UseToken(token redact.Secret) error {
	switch {
	case p.cfg.Token.IsZero():
		return errReadOnly
	case short(token):
		return errShortToken
	}
	p.sessions.use(token)
	return nil
}

func short(token redact.Secret) bool { return len(token.Reveal()) < MinToken }

// same takes the same time whatever is given.
func same(given, want string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// localPath is a path of this page; anything else is the overview.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(u.Path, "/") ||
		strings.HasPrefix(u.Path, "//") || strings.ContainsAny(next, "\\\r\n") {
		return "/"
	}
	return u.RequestURI()
}
