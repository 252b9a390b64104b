package console

import (
	"bytes"
	"errors"
	"net/http"
	"time"

	"github.com/otpworker/otpworker/worker/queue"
)

// A handler answers one request. It may read the request's path, query and form.
type handler func(r *http.Request) answer

// An answer is a page, or where to go next.
type answer struct {
	// status is that of a page. Defaults to 200.
	status int
	// template is the file of the page, without .html, and title what stands in
	// its heading and the browser's tab. data is for the template.
	template, title string
	data            any
	// next, if set, is the path to go to instead: 303.
	next string
	// cookie, if set, is given to the browser.
	cookie *http.Cookie
	// retryAfter, if set, is how long to stay away.
	retryAfter time.Duration
}

// A view is the dot of a template.
type view struct {
	Title string
	// Parts is the navigation.
	Parts []link
	// Worker is the name of the one that serves the page, Version its program's.
	Worker, Version string
	// Now is when the page was made, in the zone that it tells times in.
	Now time.Time
	// Sandbox says that nothing here is real.
	Sandbox bool
	// CanLogIn says that there is a token, MayAct that this reader has given it.
	CanLogIn, MayAct bool
	// Path is that of the page, to come back to after the login.
	Path string
	// Live says that the page can be fetched again: what answers a form cannot, at
	// its address stands nothing or something else.
	Live bool
	// Data is what the handler made.
	Data any
}

// A link is an entry in the navigation.
type link struct {
	Name, Path string
	Current    bool
}

// liveHeader is in the requests of console.js: it wants the content alone.
const liveHeader = "Otp-Live"

// serve turns a handler into one for the server.
func (p *Page) serve(of part, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := h(r)
		if a.cookie != nil {
			http.SetCookie(w, a.cookie)
		}
		if a.next != "" {
			http.Redirect(w, r, a.next, http.StatusSeeOther)
			return
		}
		if a.retryAfter > 0 {
			w.Header().Set("Retry-After", seconds(a.retryAfter))
		}
		name := "layout"
		if r.Header.Get(liveHeader) != "" {
			name = "content"
		}
		var body bytes.Buffer
		if err := pages[a.template].ExecuteTemplate(&body, name, p.view(of, a, r)); err != nil {
			http.Error(w, "the page cannot be made: "+err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if a.status != 0 {
			w.WriteHeader(a.status)
		}
		_, _ = body.WriteTo(w) // a reader who is gone is no fault of ours
	})
}

func (p *Page) view(of part, a answer, r *http.Request) view {
	s := p.cfg.Brief()
	v := view{
		Title: a.title, Worker: s.Worker, Version: s.Version, Now: time.Now(), Sandbox: p.cfg.Sandbox != nil,
		CanLogIn: !p.cfg.Token.IsZero(), MayAct: p.mayAct(r), Path: r.URL.RequestURI(),
		Live: r.Method == http.MethodGet, Data: a.data,
	}
	for _, each := range p.parts() {
		v.Parts = append(v.Parts, link{Name: each.name, Path: each.path, Current: each.path == of.path})
	}
	return v
}

// A message is a page of words.
type message struct {
	Text string
	// Next is a link to go on with, Name what it says.
	Next, Name string
}

func notFound(*http.Request) answer {
	return answer{
		status: http.StatusNotFound, template: "message", title: "Not found",
		data: message{Text: "There is no such page.", Next: "/", Name: "Overview"},
	}
}

// failed is the page for something that could not be looked at or done.
func (p *Page) failed(err error) answer {
	a := answer{status: http.StatusBadGateway, template: "message", title: "That did not work", data: message{Text: err.Error()}}
	switch {
	case errors.Is(err, errNoQueue):
		a.status, a.title = http.StatusServiceUnavailable, "Not connected yet"
	case errors.Is(err, queue.ErrForbidden):
		a.status, a.title = http.StatusForbidden, "Not allowed to this worker"
		a.data = message{Text: err.Error() + ". The broker gives the worker's connection no such right. The role console has it (otpworker streams --print nats), and so have the operator's commands, with the role operator."}
	}
	return a
}
