package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/console"
	"github.com/otpworker/otpworker/worker/queue"
)

// follow reads the page that an action leads to.
func (r *queueRig) follow(resp reply) reply {
	r.Helper()
	if resp.status != http.StatusSeeOther {
		r.Fatalf("%d: %s", resp.status, resp.body)
	}
	return ask(r.page, "GET", resp.header.Get("Location"), nil, r.in)
}

func letters(do string, seqs ...int) url.Values {
	form := url.Values{"do": {do}}
	for _, seq := range seqs {
		form.Add("seq", fmt.Sprint(seq))
	}
	return form
}

var markInput = regexp.MustCompile(`name="mark" value="([^"]+)"`)

// marks looks first, and returns what the form for the deed would send along.
func (r *queueRig) marks(do string, seqs ...int) (marks []string) {
	r.Helper()
	for _, m := range markInput.FindAllStringSubmatch(r.post("/dead/look", letters(do, seqs...)).body, -1) {
		marks = append(marks, m[1])
	}
	return marks
}

// do looks first, confirms, and returns what happened.
func (r *queueRig) do(do string, seqs ...int) string {
	r.Helper()
	form := letters(do, seqs...)
	form["mark"] = r.marks(do, seqs...)
	return r.follow(r.post("/dead/do", form)).body
}

// The look before the deed says what would happen to each, and changes nothing.
func TestLookFirst(t *testing.T) {
	onQueue(t, func(t *testing.T, r *queueRig) {
		sealed, unknown, twin := r.letterOf("s"), r.letterOf("u"), r.letterOf("a")
		sealed.Sealed, unknown.Outcome, twin.ID = true, schema.OutcomeUnknown, "dead-seq-9"
		r.bury(r.letterOf("a"), sealed, unknown, twin)
		body := r.post("/dead/look", letters("replay", 1, 2, 3, 4, 99, 1)).body
		for _, want := range []string{
			"Nothing has been done yet. 3 letters of 5", "Would be queued as job rp-", "Would be refused. Its payload is sealed",
			"only if you choose so below: it may have been sent already", "same job as letter 1: one job is queued for both",
			"it is not there any more", "Send again what may have been sent already (1 of 3)", "Replay 3 letters",
		} {
			if !strings.Contains(body, want) {
				t.Errorf("lacks %q: %s", want, body)
			}
		}
		if strings.Contains(body, "checked") || strings.Count(body, `name="mark"`) != 3 {
			t.Errorf("the choice is made already, or refused ones are sent along: %s", body)
		}
		shows(t, body)
		if body = r.post("/dead/look", letters("discard", 1, 2)).body; !strings.Contains(body, "Discard 2 letters") || strings.Contains(body, "what may have been sent") {
			t.Error(body)
		}
		time.Sleep(time.Minute)
		r.holds(schema.StreamDead, 4)
		r.holds(schema.StreamJobs, 0)
	})
}

func TestReplayLetters(t *testing.T) {
	onQueue(t, func(t *testing.T, r *queueRig) {
		sealed, unknown, twin := r.letterOf("s"), r.letterOf("u"), r.letterOf("a")
		sealed.Sealed, unknown.Outcome, twin.ID = true, schema.OutcomeUnknown, "dead-seq-9"
		r.bury(r.letterOf("a"), sealed, unknown, twin, r.letterOf("b"))
		form := letters("replay", 1, 3, 4, 5)
		form["mark"] = r.marks("replay", 1, 2, 3, 4, 5)
		if len(form["mark"]) != 4 {
			t.Fatalf("marks %v", form["mark"])
		}
		resp := r.post("/dead/do", form)
		body := r.follow(resp).body
		for _, want := range []string{"3 letters replayed, 1 not", "Queued.", "you did not choose to send such jobs again", "nothing was queued twice"} {
			if !strings.Contains(body, want) {
				t.Errorf("lacks %q: %s", want, body)
			}
		}
		r.holds(schema.StreamJobs, 2)
		r.holds(schema.StreamDead, 2)
		// A reload of what was done does nothing, the form once more finds nothing.
		r.follow(resp)
		body = r.follow(r.post("/dead/do", form)).body
		if strings.Count(body, "It was not there any more") != 3 || strings.Contains(body, "Queued.") {
			t.Error(body)
		}
		r.holds(schema.StreamJobs, 2)
		form = letters("replay", 3)
		form["mark"], form["unknown"] = r.marks("replay", 3), []string{"send"}
		if body = r.follow(r.post("/dead/do", form)).body; !strings.Contains(body, "1 letter replayed, at") {
			t.Error(body)
		}
		r.holds(schema.StreamJobs, 3)
		r.holds(schema.StreamDead, 1)
	})
}

func TestDiscardLetters(t *testing.T) {
	onQueue(t, func(t *testing.T, r *queueRig) {
		r.bury(r.letterOf("a"), r.letterOf("b"))
		if _, err := r.js.Publish(t.Context(), schema.DeadSubject("http_4xx"), []byte("no document")); err != nil {
			t.Fatal(err)
		}
		if body := r.do("discard", 1, 3); strings.Count(body, "Removed for good.") != 2 || !strings.Contains(body, "2 letters discarded") {
			t.Error(body)
		}
		r.holds(schema.StreamDead, 1)
		r.holds(schema.StreamJobs, 0)
		if body := r.get("/dead/2").body; !strings.Contains(body, "dead-b") {
			t.Error("another letter went")
		}
	})
}

// What has changed between the look and the deed is said, and not done.
func TestLettersChangeMeanwhile(t *testing.T) {
	for name, c := range map[string]struct {
		meanwhile func(*queueRig)
		want      string
		left      uint64
	}{
		"expired":   {func(*queueRig) { time.Sleep(5 * time.Minute) }, "Refused. Its code has expired: ask the app for a new one.", 1},
		"replayed":  {func(r *queueRig) { r.replay(1) }, "It was not there any more", 0},
		"discarded": {func(r *queueRig) { r.discard(1) }, "It was not there any more", 0},
		"another": {func(r *queueRig) {
			js := r.js
			if err := js.DeleteStream(r.Context(), schema.StreamDead); err != nil {
				r.Fatal(err)
			}
			if err := r.queue.Provision(r.Context()); err != nil {
				r.Fatal(err)
			}
			r.bury(r.letterOf("z"))
		}, "Another letter stands here", 1},
	} {
		t.Run(name, func(t *testing.T) {
			onQueue(t, func(t *testing.T, r *queueRig) {
				r.bury(r.letterOf("a"))
				form := letters("replay", 1)
				form["mark"] = r.marks("replay", 1)
				c.meanwhile(r)
				before := r.jobs()
				if body := r.follow(r.post("/dead/do", form)).body; !strings.Contains(body, c.want) || !strings.Contains(body, "0 letters replayed, 1 not") {
					t.Error(body)
				}
				if after := r.jobs(); after != before {
					t.Errorf("%d jobs, were %d", after, before)
				}
				r.holds(schema.StreamDead, c.left)
			})
		})
	}
}

func (r *queueRig) replay(seq uint64) {
	r.Helper()
	if _, err := r.queue.Replay(r.Context(), seq, queue.Replay{}); err != nil {
		r.Fatal(err)
	}
}

func (r *queueRig) discard(seq uint64) {
	r.Helper()
	if err := r.queue.Discard(r.Context(), seq); err != nil {
		r.Fatal(err)
	}
}

func (r *queueRig) jobs() uint64 {
	r.Helper()
	n, err := r.queue.Waiting(r.Context())
	if err != nil {
		r.Fatal(err)
	}
	return n
}

// Nobody acts without the token, from another origin, or without a look before.
func TestLettersAreGuarded(t *testing.T) {
	onQueue(t, func(t *testing.T, r *queueRig) {
		r.bury(r.letterOf("a"))
		mark := r.marks("discard", 1)
		form := func(do string) url.Values {
			f := letters(do, 1)
			f["mark"] = mark
			return f
		}
		readOnly := page(t, func(c *console.Config) {
			c.Queue = func() *queue.Queue { return r.queue }
			c.Token = redact.Secret{}
		})
		for _, do := range []string{"replay", "discard"} {
			for _, path := range []string{"/dead/look", "/dead/do"} {
				if resp := ask(readOnly, "POST", path, form(do), r.in); resp.status != http.StatusForbidden {
					t.Errorf("read-only %s %s: %d", path, do, resp.status)
				}
				if resp := ask(r.page, "POST", path, form(do), nil); !strings.HasPrefix(resp.header.Get("Location"), "/login") {
					t.Errorf("not logged in %s %s: %d", path, do, resp.status)
				}
				other := func(req *http.Request) { r.in(req); req.Header.Set("Sec-Fetch-Site", "cross-site") }
				if resp := ask(r.page, "POST", path, form(do), other); resp.status != http.StatusForbidden {
					t.Errorf("other origin %s %s: %d", path, do, resp.status)
				}
				if resp := ask(r.page, "GET", path+"?"+form(do).Encode(), nil, r.in); resp.status != http.StatusNotFound {
					t.Errorf("GET %s %s: %d", path, do, resp.status)
				}
				// What stands in the query is not a form.
				if resp := ask(r.page, "POST", path+"?"+form(do).Encode(), url.Values{}, r.in); resp.status != http.StatusBadRequest {
					t.Errorf("query %s %s: %d", path, do, resp.status)
				}
			}
			if body := r.follow(r.post("/dead/do", letters(do, 1))).body; !strings.Contains(body, "Another letter stands here") {
				t.Errorf("without a look: %s", body)
			}
		}
		many := letters("discard", slices.Collect(func(yield func(int) bool) {
			for i := 1; i <= 51 && yield(i); i++ {
			}
		})...)
		many["mark"] = mark
		for text, f := range map[string]url.Values{
			"Tick at least one": {"do": {"discard"}}, "replay or discard": {"seq": {"1"}, "mark": mark}, "by its number": {"do": {"discard"}, "seq": {"x"}}, "At most 50": many,
		} {
			for _, path := range []string{"/dead/look", "/dead/do"} {
				if resp := r.post(path, f); resp.status != http.StatusBadRequest || !strings.Contains(resp.body, text) {
					t.Errorf("%s: %d, lacks %q", path, resp.status, text)
				}
			}
		}
		r.holds(schema.StreamDead, 1)
		r.holds(schema.StreamJobs, 0)
		if body := r.do("replay", 1); !strings.Contains(body, "1 letter replayed") {
			t.Errorf("with all that is needed: %s", body)
		}
	})
}

// Reports are kept for the last 32 deeds.
func TestReportsAreBounded(t *testing.T) {
	onQueue(t, func(t *testing.T, r *queueRig) {
		first := r.post("/dead/do", letters("discard", 1))
		for range 31 {
			r.post("/dead/do", letters("discard", 1))
		}
		if resp := r.follow(first); resp.status != http.StatusOK {
			t.Errorf("the 32nd last: %d", resp.status)
		}
		r.post("/dead/do", letters("discard", 1))
		if resp := r.follow(first); resp.status != http.StatusNotFound || !strings.Contains(resp.body, "not kept here any more") {
			t.Errorf("the 33rd last: %d", resp.status)
		}
	})
}

// The log has what was done on the page, and nothing of what was only looked at.
func TestActsAreLogged(t *testing.T) {
	onQueue(t, func(t *testing.T, r *queueRig) {
		r.bury(r.letterOf("a"), r.letterOf("b"))
		r.create("spring", 10)
		r.marks("discard", 1, 2)
		if strings.Contains(r.log.String(), "letter") {
			t.Errorf("a look is told: %s", r.log)
		}
		r.do("discard", 1)
		r.post("/batches/spring/pause", url.Values{})
		r.post("/login", url.Values{"token": {"not-the-token-at-all"}})
		has(t, r.log.String(), "login on the page", "do=discard seq=1 job_id=a app_id=", "batch_id=spring to=paused", "wrong token on the page")
		if log := r.log.String(); strings.Contains(log, "seq=2") || strings.Contains(log, "not-the-token") || strings.Contains(log, number) {
			t.Errorf("the log has too much: %s", log)
		}
	})
}
