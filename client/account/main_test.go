package account_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/account"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema/redact"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bundle is an account that knows only what was added to it, a client of it,
// and what stands between them.
type bundle struct {
	*client.Client
	*recorder
}

func newBundle(t *testing.T) bundle {
	t.Helper()
	box := sandbox.New(sandbox.Config{Strict: true})
	r := &recorder{to: box.Handler()}
	server := httptest.NewServer(r)
	c, err := client.New(client.Config{
		BaseURL: server.URL + "/otp",
		APIKey:  redact.NewSecret(sandbox.DefaultKey), APISecret: redact.NewSecret(sandbox.DefaultSecret),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		server.Close()
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	return bundle{c, r}
}

// recorder writes down what is called, and can lose an answer or do something
// first.
type recorder struct {
	to http.Handler

	mu    sync.Mutex
	calls []string          // "GET app/details/app0001"
	lose  map[string]string // "before" or "after" the call, by its name
	first map[string]func()
	// then is done after a call, before its answer.
	then map[string]func()
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	call := req.Method + " " + strings.TrimPrefix(req.URL.Path, "/otp/")
	r.mu.Lock()
	r.calls = append(r.calls, call)
	lose, first, then := r.lose[call], r.first[call], r.then[call]
	delete(r.first, call)
	delete(r.then, call)
	r.mu.Unlock()
	if first != nil {
		first()
	}
	switch lose {
	case "before":
		panic(http.ErrAbortHandler)
	case "after":
		r.to.ServeHTTP(httptest.NewRecorder(), req)
		if then != nil {
			then()
		}
		panic(http.ErrAbortHandler)
	}
	r.to.ServeHTTP(w, req)
}

// taken returns the calls since it was asked last.
func (r *recorder) taken() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	calls := r.calls
	r.calls = nil
	return calls
}

// writes is taken without the calls that only read.
func (r *recorder) writes() []string {
	return slices.DeleteFunc(r.taken(), func(call string) bool { return strings.HasPrefix(call, "GET ") })
}

// addApp makes an app as a person would, with no file.
func (b bundle) addApp(t *testing.T, s client.AppSettings) string {
	t.Helper()
	app, err := b.AddApp(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return app.AppID
}

func (b bundle) app(t *testing.T, id string) client.App {
	t.Helper()
	app, err := b.AppDetails(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	app.CreateTime = ""
	return app
}

func decode(t *testing.T, text string) account.File {
	t.Helper()
	file, err := account.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func (b bundle) compare(t *testing.T, text string) account.Plan {
	t.Helper()
	plan, err := account.Compare(t.Context(), b.Client, decode(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// apply makes a plan and returns a line for each change.
func (b bundle) apply(t *testing.T, text string) (lines []string) {
	t.Helper()
	for o := range b.compare(t, text).Apply(t.Context()) {
		lines = append(lines, line(o))
	}
	return lines
}

// line is an outcome without its error: "update app app0001 made, read back".
func line(o account.Outcome) string {
	line := string(o.Action) + " " + o.Kind + " " + o.ID + " " + o.State.String()
	if o.ReadBack {
		line += ", read back"
	}
	return line
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant:\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// beside is a second client of the same account, of somebody else.
func (b bundle) beside(t *testing.T) *client.Client {
	t.Helper()
	server := httptest.NewServer(b.to)
	c, err := client.New(client.Config{
		BaseURL: server.URL + "/otp",
		APIKey:  redact.NewSecret(sandbox.DefaultKey), APISecret: redact.NewSecret(sandbox.DefaultSecret),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		server.Close()
	})
	return c
}
