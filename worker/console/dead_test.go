package console_test

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/console"
	"github.com/otpworker/otpworker/worker/queue"
)

var letterLink = regexp.MustCompile(`href="/dead/(\d+)"`)

// listed are the letters that a list links to.
func listed(body string) string {
	var seqs []string
	for _, m := range letterLink.FindAllStringSubmatch(body, -1) {
		seqs = append(seqs, m[1])
	}
	return strings.Join(seqs, " ")
}

func TestDeadList(t *testing.T) {
	onQueue(t, func(t *testing.T, r *queueRig) {
		if body := r.get("/dead").body; !strings.Contains(body, "There are none") {
			t.Error(body)
		}
		other := r.letterOf("b")
		other.AppID, other.Lane, other.Reason = "app2", schema.LaneInteractive, "unreachable"
		r.bury(r.letterOf("a"), other, r.letterOf("c"))
		for query, want := range map[string]string{
			"":                                "3 2 1",
			"?reason=http_4xx":                "3 1",
			"?reason=unreachable":             "2",
			"?app=app2":                       "2",
			"?lane=batch":                     "3 1",
			"?id=a":                           "1",
			"?id=dead-c":                      "3",
			"?app=app2&reason=http_4xx":       "",
			"?before=3":                       "2 1",
			"?before=3&lane=batch&app=+app1+": "1",
		} {
			resp := r.get("/dead" + query)
			if got := listed(resp.body); got != want || resp.status != http.StatusOK {
				t.Errorf("%q: %d, letters %q, want %q", query, resp.status, got, want)
			}
		}
		body := r.get("/dead").body
		for _, want := range []string{"All <b>3</b>", "http_4xx <b>2</b>", "unreachable <b>1</b>", "***8000", "can be replayed"} {
			if !strings.Contains(body, want) {
				t.Errorf("lacks %q: %s", want, body)
			}
		}
		if strings.Contains(body, "checkbox") || !strings.Contains(body, "Log in") {
			t.Error("who has not logged in is offered to act")
		}
		if body := ask(r.page, "GET", "/dead?tick=all", nil, r.in).body; strings.Count(body, " checked>") != 3 {
			t.Errorf("ticked: %s", body)
		}
	})
}

func TestDeadListInPages(t *testing.T) {
	onQueue(t, func(t *testing.T, r *queueRig) {
		for i := range 120 {
			r.bury(r.letterOf(fmt.Sprint("j", i)))
		}
		older := regexp.MustCompile(`href="(/dead\?[^"]+)" rel="next"`)
		var all []string
		target := "/dead?app=app1"
		for target != "" {
			body := r.get(target).body
			letters := strings.Fields(listed(body))
			if len(letters) > 50 {
				t.Errorf("%d on a page", len(letters))
			}
			all = append(all, letters...)
			next := older.FindStringSubmatch(body)
			if target = ""; next != nil {
				target = html.UnescapeString(next[1])
			}
		}
		if len(all) != 120 || all[0] != "120" || all[119] != "1" {
			t.Errorf("%d letters: %v", len(all), all)
		}
		// The list itself is not read each second: it has boxes to tick.
		live := ask(r.page, "GET", "/dead", nil, func(req *http.Request) { req.Header.Set("Otp-Live", "1") })
		if listed(live.body) != "" || !strings.Contains(live.body, "All <b>120</b>") {
			t.Errorf("live: %s", live.body)
		}
	})
}

// What is no filter is said, and never becomes one.
func TestDeadBadFilter(t *testing.T) {
	onQueue(t, func(t *testing.T, r *queueRig) {
		r.bury(r.letterOf("a"))
		for _, query := range []string{"reason=%3E", "reason=a.b", "reason=A", "app=%3Cb%3E", "id=a%20b", "lane=fast", "before=x", "before=-1", "reason=" + strings.Repeat("a", 65)} {
			resp := r.get("/dead?" + query)
			if resp.status != http.StatusBadRequest || !strings.Contains(resp.body, `role="alert"`) || listed(resp.body) != "" || strings.Contains(resp.body, "<b>\"") {
				t.Errorf("%s: %d", query, resp.status)
			}
		}
	})
}

func TestLetterStory(t *testing.T) {
	onQueue(t, func(t *testing.T, r *queueRig) {
		sealed := r.letterOf("s")
		sealed.Sealed, sealed.Payload = true, redact.NewPayload([]byte("ciphertext"))
		unknown := r.letterOf("u")
		unknown.Outcome, unknown.Reason = schema.OutcomeUnknown, "unreachable"
		invalid := r.letterOf("i")
		invalid.Outcome, invalid.Reason = schema.OutcomeInvalid, "invalid"
		invalid.Faults = []schema.Fault{{Field: "to", Problem: "must be digits only: drop the +"}}
		cut := r.letterOf("c")
		cut.PayloadBytes = 9000
		r.bury(r.letterOf("a"), sealed, unknown, invalid, cut, r.sealedLetterOf("b"))
		if _, err := r.js.Publish(t.Context(), schema.DeadSubject("http_4xx"), []byte(number)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		for seq, wants := range map[int][]string{
			1: {"can be replayed", "***8000", "404", "1 attempt", "2 deliveries", "Its code expires at", "refused it for good", "by w1"},
			2: {"sealed for the operator", "cannot be read here", "<dd>sealed</dd>", "replay it where the key is"},
			3: {"asks first", "may have been sent already"},
			4: {"<code>to</code> must be digits only: drop the &#43;", "✕ no", "publish it mended"},
			5: {"9000 bytes, cut to"},
			6: {"<dd>sealed</dd>", "replay it where the key is"},
			7: {"no dead letter document"},
		} {
			resp := r.get(fmt.Sprint("/dead/", seq))
			for _, want := range wants {
				if resp.status != http.StatusOK || !strings.Contains(resp.body, want) {
					t.Errorf("letter %d: %d, lacks %q: %s", seq, resp.status, want, resp.body)
				}
			}
			shows(t, resp.body)
		}
		time.Sleep(time.Hour)
		if body := r.get("/dead/1").body; !strings.Contains(body, "Its code expired at") || !strings.Contains(body, "ask the app for a new one") {
			t.Error(body)
		}
		for _, target := range []string{"/dead/99", "/dead/0", "/dead/x", "/dead/-1", "/dead/1/2"} {
			if resp := r.get(target); resp.status != http.StatusNotFound {
				t.Errorf("%s: %d", target, resp.status)
			}
		}
	})
}

// shows fails the test if a number or a code is seen.
func shows(t *testing.T, body string) {
	t.Helper()
	for _, hidden := range []string{number, secret, "ciphertext"} {
		if strings.Contains(body, hidden) {
			t.Errorf("shows %s: %s", hidden, body)
		}
	}
}

// Anybody who may publish may write a letter: what it says is text, is not long
// and holds no number.
func TestHostileLetter(t *testing.T) {
	onQueue(t, func(t *testing.T, r *queueRig) {
		const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>`
		l := r.letterOf("a")
		l.ID, l.JobID, l.AppID, l.Lane, l.Reason, l.Outcome = evil, "login-"+number+evil, evil, evil, evil, evil
		l.Status, l.Worker, l.Subject = evil, evil+"\x00\u202e", "otp.v1.job.batch."+number+strings.Repeat("x", 5000)
		l.Faults = []schema.Fault{{Field: evil, Problem: evil + number}}
		r.bury(l)
		form := map[string][]string{"seq": {"1"}, "do": {"replay"}}
		for name, body := range map[string]string{
			"list": r.get("/dead").body, "unknown ones": r.get("/dead?reason=unknown").body, "story": r.get("/dead/1").body,
			"plan": r.post("/dead/look", form).body, "done": r.follow(r.post("/dead/do", map[string][]string{"seq": {"1"}, "do": {"replay"}, "mark": r.marks("replay", 1)})).body,
		} {
			if strings.Contains(body, "<script>alert") || strings.Contains(body, "<img") || strings.Contains(body, "\u202e") || len(body) > 20_000 {
				t.Errorf("%s: %s", name, body)
			}
			if !strings.Contains(body, "&lt;script&gt;") {
				t.Errorf("%s does not show the letter: %s", name, body)
			}
			shows(t, body)
		}
		r.holds(schema.StreamJobs, 0)
	})
}

// Before the worker is connected, and where the stream is not there, the page
// says so.
func TestDeadWithoutAQueue(t *testing.T) {
	p := page(t, func(c *console.Config) { c.Queue = func() *queue.Queue { return nil } })
	for _, target := range []string{"/dead", "/dead/1", "/batches", "/batches/a"} {
		if resp := ask(p, "GET", target, nil, nil); resp.status != http.StatusServiceUnavailable || !strings.Contains(resp.body, "no connection") {
			t.Errorf("%s: %d", target, resp.status)
		}
	}
	onQueue(t, func(t *testing.T, r *queueRig) {
		if err := r.js.DeleteStream(t.Context(), schema.StreamDead); err != nil {
			t.Fatal(err)
		}
		p := page(t, func(c *console.Config) { c.Queue = func() *queue.Queue { return r.queue } })
		if resp := ask(p, "GET", "/dead", nil, nil); resp.status != http.StatusBadGateway || !strings.Contains(resp.body, schema.StreamDead) {
			t.Errorf("%d: %s", resp.status, resp.body)
		}
	})
}
