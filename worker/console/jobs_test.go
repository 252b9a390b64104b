package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/console"
)

// What is no id is not looked for, and stays text.
func TestJobIDs(t *testing.T) {
	p := page(t, nil)
	for _, id := range []string{"a b", "a.b", "*", ">", "a>", "<script>alert(1)</script>", `"onfocus="alert(1)`, strings.Repeat("a", 65), "ä", "a\x00"} {
		got := ask(p, "GET", "/jobs?id="+url.QueryEscape(id), nil, nil)
		if got.status != http.StatusBadRequest || !strings.Contains(got.body, "An id has 1 to 64") || strings.Contains(got.body, "<script>alert") || strings.Contains(got.body, `"onfocus`) {
			t.Errorf("%q: %d\n%s", id, got.status, got.body)
		}
	}
	for _, app := range []string{"abc", "*", "app.1", strings.Repeat("a", 33)} {
		if got := ask(p, "GET", "/jobs?id=a&app="+url.QueryEscape(app), nil, nil); got.status != http.StatusBadRequest || !strings.Contains(got.body, "4 to 32") {
			t.Errorf("%q: %d", app, got.status)
		}
	}
	if got := ask(p, "HEAD", "/jobs", nil, nil); got.status != http.StatusOK {
		t.Errorf("HEAD: %d", got.status)
	}
}

// A job is not found only where it was looked for.
func TestJobNotFound(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t, dir)
		defer r.close()
		if got := r.get("/jobs?id=nobody"); !strings.Contains(got.body, "No job with this id is in the queue") || strings.Contains(got.body, "could not be looked through") {
			t.Error(got.body)
		}
		r.server.Stop()
		synctest.Wait()
		got := r.get("/jobs?id=nobody").body
		for _, want := range []string{"It is not known whether there is a job with this id", "<b>queue</b>: ", "<b>ledger</b>: ", "<b>results</b>: ", "<b>dead letters</b>: ", "no NATS server reachable"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in\n%s", want, got)
			}
		}
		if strings.Contains(got, "No job with this id") || strings.Contains(got, "Not found") {
			t.Errorf("it says that there is none:\n%s", got)
		}
	})
}

func event(kind worker.Kind, id string) worker.Event {
	return worker.Event{Time: time.Now(), Kind: kind, JobID: id, AppID: testApp, Lane: schema.LaneInteractive, Delivery: 1, Attempt: 1}
}

// The page remembers the last jobs, however many there were.
func TestRecentJobs(t *testing.T) {
	p := page(t, nil)
	if got := ask(p, "GET", "/jobs", nil, nil); !strings.Contains(got.body, "It has had no job yet") {
		t.Error(got.body)
	}
	for i := range 40_000 {
		p.Observe(event(worker.KindTaken, fmt.Sprint("job-", i)))
	}
	result := event(worker.KindResult, "job-39999")
	result.Result = schema.Result{Outcome: schema.OutcomeSent, Reason: "sent"}
	p.Observe(result)
	p.Observe(event(worker.KindOperation, ""))
	got := ask(p, "GET", "/jobs", nil, nil).body
	if n := strings.Count(got, `<a href="/jobs?`); n != 30 {
		t.Errorf("%d jobs", n)
	}
	first := strings.Index(got, ">job-39999<")
	if second := strings.Index(got, ">job-39998<"); first < 0 || second < first || !strings.Contains(got[first:second], ">sent<") {
		t.Error("the latest is not the first, with its result")
	}
}

// Ids that a producer has made up stay text, and a number in one is masked.
func TestRecentJobsOfHostileNames(t *testing.T) {
	p := page(t, nil)
	for _, id := range []string{"<b>bold</b>", `"><script>`, strings.Repeat("x", 300), "", "otp-8613800138000"} {
		p.Observe(event(worker.KindTaken, id))
	}
	got := ask(p, "GET", "/jobs", nil, nil).body
	if strings.Contains(got, "<b>bold") || strings.Contains(got, "><script>") || !strings.Contains(got, "<code>otp-***8000</code>") {
		t.Error(got)
	}
}

// What an event costs a worker whose page is served.
func BenchmarkObserve(b *testing.B) {
	p, err := console.New(console.Config{Brief: briefOf("w1")})
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	e := event(worker.KindAttempt, "0198c1de-8f3e-7a54-b1a0-3a5a6c1f7b11")
	e.Verdict = worker.Verdict{Outcome: worker.Accepted, Status: "0", Reason: "sent"}
	b.ReportAllocs()
	for b.Loop() {
		p.Observe(e)
	}
}
