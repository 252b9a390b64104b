package console_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browserPatience is how long the page may take for what a test waits for.
const browserPatience = 20 * time.Second

// pollEach is how often the browser looks whether it is there.
const pollEach = 30 * time.Millisecond

// A browser is a Chromium that the tests share.
type browser struct{ ctx context.Context }

// startBrowser finds Debian's Chromium. Where there is none the page is not tried
// in a browser, and the test says so.
func startBrowser(t *testing.T) (b *browser, ok bool) {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Log("Chromium is not installed: THE PAGE WAS NOT TRIED IN A BROWSER (Debian: apt-get install chromium)")
		return nil, false
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.WSURLReadTimeout(browserPatience))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		end()
		stop()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return &browser{ctx}, true
}

type action = chromedp.Action[chromedp.Void]

// A tab is one page in the browser. What its console says and where it asks for
// something is watched until it is closed.
type tab struct {
	t   *testing.T
	ctx context.Context
	url string

	mu     sync.Mutex
	faults []string
}

// open shows a path of the page in a new tab of a width.
func (b *browser) open(t *testing.T, url, path string, width int64, before ...action) *tab {
	t.Helper()
	tb := &tab{t: t, url: url}
	ctx, end := chromedp.NewContext(b.ctx, chromedp.WithListener(tb.watch))
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	var cancel func()
	tb.ctx, cancel = context.WithTimeout(ctx, browserPatience)
	t.Cleanup(func() {
		cancel()
		end()
		tb.mu.Lock()
		defer tb.mu.Unlock()
		for _, fault := range tb.faults {
			t.Error(fault)
		}
	})
	tb.run(chromedp.EmulateViewport(width, tall))
	tb.run(before...)
	tb.run(chromedp.Navigate(url + path))
	return tb
}

// notThere is a page that a test asks for though there is none: the browser says
// so.
const notThere = "/nothing"

// refused is what the browser says of a form that is refused because somebody else
// was faster.
const refused = "409 (Conflict)"

// watch notes what must not happen.
func (tb *tab) watch(event any) {
	note := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		note = "exception: " + e.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		note = "console: " + string(e.Type)
	case *log.EventEntryAdded:
		if e.Entry.Level != log.EntryLevelVerbose && !strings.HasSuffix(e.Entry.URL, notThere) && !strings.Contains(e.Entry.Text, refused) {
			note = "log: " + e.Entry.Text + " " + e.Entry.URL
		}
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, tb.url+"/") {
			note = "a request to " + e.Request.URL
		}
	}
	if note != "" {
		tb.mu.Lock()
		defer tb.mu.Unlock()
		tb.faults = append(tb.faults, note)
	}
}

func (tb *tab) run(actions ...action) {
	tb.t.Helper()
	if err := chromedp.Do(tb.ctx, actions...); err != nil {
		tb.t.Fatal(err)
	}
}

// waitFor waits until an expression of JavaScript is true, on this page or on the
// one that comes after it.
func (tb *tab) waitFor(expression string) {
	tb.t.Helper()
	for {
		_, err := chromedp.Run(tb.ctx, chromedp.Poll[bool](expression, chromedp.WithPollingInterval(pollEach), chromedp.WithPollingTimeout(browserPatience)))
		if err == nil {
			return
		}
		if _, gone := errors.AsType[*cdproto.Error](err); !gone || tb.ctx.Err() != nil {
			tb.t.Fatalf("%s: %v\n%s", expression, err, tb.text())
		}
	}
}

// waitText waits until the page shows a text.
func (tb *tab) waitText(text string) {
	tb.t.Helper()
	tb.waitFor(`document.body.innerText.includes(` + quoted(text) + `)`)
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

func (tb *tab) text() string {
	text, _ := chromedp.Run(tb.ctx, chromedp.Evaluate[string](`document.body.innerText`)) // for a message
	return text
}

// value is what an expression of JavaScript says.
func value[T any](tb *tab, expression string) T {
	tb.t.Helper()
	v, err := chromedp.Run(tb.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		tb.t.Fatal(err)
	}
	return v
}

// scheme has the page be light or dark.
func scheme(name string) action {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
		})
		return err
	})
}

// noScript has the page run no JavaScript.
func noScript() action {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	})
}

// shoot keeps a picture of the whole page. With go test -artifacts it stays.
func (tb *tab) shoot(name string) {
	tb.t.Helper()
	picture, err := chromedp.Run(tb.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		tb.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tb.t.ArtifactDir(), name+".png"), picture, 0o600); err != nil {
		tb.t.Fatal(err)
	}
}
