package console_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/console"
	"github.com/otpworker/otpworker/worker/queue"
	"github.com/otpworker/otpworker/worker/stats"
)

const token = "a-token-of-23-characters"

// page makes a page of a worker whose queue is not asked, until the test ends.
func page(t *testing.T, change func(*console.Config)) *console.Page {
	t.Helper()
	cfg := console.Config{
		Brief:    briefOf("w1"),
		Overview: func(context.Context) (stats.Overview, error) { return stats.Overview{At: time.Now()}, nil },
		Queue:    func() *queue.Queue { return new(queue.Queue) },
		Token:    redact.NewSecret(token),
	}
	if change != nil {
		change(&cfg)
	}
	p, err := console.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func briefOf(worker string) func() stats.Snapshot {
	return func() stats.Snapshot { return stats.Snapshot{Worker: worker, Version: "v1", At: time.Now()} }
}

// A reply is what the page answered.
type reply struct {
	status  int
	header  http.Header
	cookies []*http.Cookie
	body    string
}

// ask makes one request of the page.
func ask(p http.Handler, method, target string, form url.Values, change func(*http.Request)) reply {
	var body io.Reader = http.NoBody
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, "http://127.0.0.1:8081"+target, body)
	r.RemoteAddr = "127.0.0.1:50000"
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	resp := w.Result()
	defer resp.Body.Close()
	return reply{status: resp.StatusCode, header: resp.Header, cookies: resp.Cookies(), body: w.Body.String()}
}

// logIn gives the token and returns what makes a request one of who has.
func logIn(t *testing.T, p http.Handler) func(*http.Request) {
	t.Helper()
	resp := ask(p, "POST", "/login", url.Values{"token": {token}}, nil)
	if resp.status != http.StatusSeeOther || len(resp.cookies) != 1 {
		t.Fatalf("login: %d, %d cookies", resp.status, len(resp.cookies))
	}
	cookie := resp.cookies[0]
	return func(r *http.Request) { r.AddCookie(cookie) }
}
