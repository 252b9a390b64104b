package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// A transcript keeps what a command prints.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (tr *transcript) Write(p []byte) (int, error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.text.Write(p)
}

func (tr *transcript) String() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.text.String()
}

// soon waits until it is done.
func soon(t *testing.T, done func() bool, orElse func() string) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(2 * demoPatience); !done(); <-again.C {
		if time.Now().After(deadline) {
			t.Fatal(orElse())
		}
	}
}

// fetchPage is what a page of the demo says.
func fetchPage(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// sendFromPage posts the form of the sandbox and says where it leads.
func sendFromPage(t *testing.T, page string) (status int, next string) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(page+"/sandbox", url.Values{"nn": {"00"}, "code": {"271828"}, "ttl": {"60"}, "app": {demoApp}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("Location")
}

// The page tells the demo's story while it happens, and goes on after it until
// somebody ends it, which is no failure.
func TestDemoPage(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	var out transcript
	ended := make(chan error, 1)
	go func() { ended <- runDemo(ctx, &out, true) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	}()
	prints := func(text string) {
		t.Helper()
		soon(t, func() bool { return strings.Contains(out.String(), text) }, out.String)
	}
	shows := func(url, text string) {
		t.Helper()
		soon(t, func() bool { return strings.Contains(fetchPage(t, url), text) }, func() string { return "no " + text + " in " + fetchPage(t, url) })
	}
	prints("submitted")
	page := regexp.MustCompile(`http://[^/]+`).FindString(out.String())
	if status, _ := sendFromPage(t, page); status != http.StatusConflict {
		t.Errorf("a job in the midst of the story: %d", status)
	}
	prints("The provider goes down")
	shows(page, "The provider does not answer as it should")
	shows(page+"/metrics", "otpworker_breaker_state")
	prints("The parts go on")
	shows(page, "57 jobs since the start")
	status, next := sendFromPage(t, page)
	if status != http.StatusSeeOther {
		t.Fatalf("a job after the story: %d", status)
	}
	shows(page+next, "Result: sent")
	shows(page+"/sandbox", "Your verification code is 271828.")
}
