package console_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const (
	wide   = 1280
	narrow = 360
	tall   = 900
)

// What people do with the page, in a browser, on the real parts.
func TestInBrowser(t *testing.T) {
	b, ok := startBrowser(t)
	if !ok {
		return
	}
	r := startRig(t)
	for _, sub := range []struct {
		name string
		test func(*testing.T, *browser, *rig)
	}{
		{"live update after a job", liveUpdate}, {"send a test job", sendsTestJob}, {"find a job", findsJob},
		{"pause", pauses}, {"log in and out", logsInAndOut}, {"keyboard", byKeyboard},
		{"without JavaScript", withoutScript}, {"sizes and schemes", sizesAndSchemes},
		{"replay dead letters", replaysLetters}, {"ticks stay", keepsTicks}, {"pause a batch", pausesBatch}, {"a refusal stays", refusalStays}, {"letters and batches", lettersAndBatches},
	} {
		t.Run(sub.name, func(t *testing.T) { sub.test(t, b, r) })
	}
}

func liveUpdate(t *testing.T, b *browser, r *rig) {
	tb := b.open(t, r.url, "/", wide)
	tb.waitText("0 jobs since the start")
	value[bool](tb, `window.stays = true`)
	r.publish("login-1", "8613800138000", "493817")
	tb.waitText("1 job since the start")
	if !value[bool](tb, `window.stays === true`) {
		t.Error("the page was loaded anew")
	}
}

// The number is masked all the way, and the code stands in the inbox alone.
func sendsTestJob(t *testing.T, b *browser, r *rig) {
	tb := b.open(t, r.url, "/sandbox", wide)
	tb.run(
		chromedp.SendKeys("#to", "447700900123"),
		chromedp.SetValue("#code", "271828"),
		chromedp.Click("#main form button"),
	)
	tb.waitText("Result: sent")
	tb.waitText("***0123")
	if all := value[string](tb, `document.documentElement.outerHTML`); strings.Contains(all, "447700900123") || strings.Contains(all, "271828") {
		t.Error("the job's page has its number or code")
	}
	tb.run(chromedp.Navigate(r.url + "/sandbox"))
	tb.waitText("Your verification code is 271828.")
	if strings.Contains(value[string](tb, `document.documentElement.outerHTML`), "447700900123") {
		t.Error("the inbox has the number")
	}
}

// A job that needs a second attempt tells so.
func findsJob(t *testing.T, b *browser, r *rig) {
	r.publish("find-me", "15551810001", "628318") // -18 once: asked, and sent again
	tb := b.open(t, r.url, "/jobs", wide)
	tb.run(chromedp.SendKeys("#id", "find-me"+kb.Enter))
	tb.waitText("Result: sent")
	text := tb.text()
	last := 0
	for _, step := range []string{
		"Published", "Taken", "Attempt 1 claimed", "Attempt 1: refused, system_error, status -18",
		"Reconcile: the provider was asked", "It does not know it", "Attempt 2 claimed", "Attempt 2: accepted", "Result: sent",
	} {
		at := strings.Index(text[last:], step)
		if at < 0 {
			t.Fatalf("no %q where it should be:\n%s", step, text)
		}
		last += at
	}
}

func pauses(t *testing.T, b *browser, r *rig) {
	tb := b.open(t, r.url, "/", wide)
	tb.run(chromedp.Click("#pause"))
	tb.waitText("Paused")
	before := value[string](tb, `document.getElementById("overview").innerHTML`)
	r.publish("paused-1", "8613800138001", "161803")
	other := b.open(t, r.url, "/jobs", wide)
	other.waitFor(`document.querySelector('a[href*="paused-1"]')?.closest("tr").innerText.includes("sent")`)
	if value[string](tb, `document.getElementById("overview").innerHTML`) != before {
		t.Error("it went on")
	}
	tb.run(chromedp.Click("#pause"))
	tb.waitFor(`document.getElementById("live").textContent === "Live"`)
}

func logsInAndOut(t *testing.T, b *browser, r *rig) {
	tb := b.open(t, r.url, "/jobs", wide)
	tb.run(chromedp.Click(".access a"), chromedp.WaitVisible("#token"), chromedp.SendKeys("#token", token+kb.Enter))
	tb.waitText("Log out")
	if path := value[string](tb, `location.pathname`); path != "/jobs" {
		t.Errorf("came to %s", path)
	}
	if cookies := value[string](tb, `document.cookie`); cookies != "" {
		t.Errorf("a script reads %q", cookies)
	}
	tb.run(chromedp.Click(".access button"))
	tb.waitText("Log in to act")
}

// Everything is reached with the tab key, and is seen to be.
func byKeyboard(t *testing.T, b *browser, r *rig) {
	tb := b.open(t, r.url, "/sandbox", wide)
	var reached []string
	for range 16 {
		tb.run(chromedp.KeyEvent(kb.Tab))
		at := value[string](tb, `(() => { const e = document.activeElement; return (e.id || e.textContent.trim()) + (getComputedStyle(e).outlineStyle === "none" ? " unseen" : "") })()`)
		reached = append(reached, at)
	}
	for _, want := range []string{"Skip to the content", "otpworker sandbox", "Overview", "Jobs", "Sandbox", "Log in to act", "pause", "nn", "to", "code", "ttl", "app", "Send"} {
		if !slices.Contains(reached, want) {
			t.Errorf("%s is not reached, or not seen: %q", want, reached)
		}
	}
	tb = b.open(t, r.url, "/", wide)
	tb.run(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter))
	tb.waitFor(`document.activeElement.id === "main"`)
}

// Without JavaScript the page says the same, and its forms work.
func withoutScript(t *testing.T, b *browser, r *rig) {
	tb := b.open(t, r.url, "/", wide, noScript())
	text := tb.text()
	for _, want := range []string{"Working", "Throughput", "Jobs in the queue", "interactive", "No breaker is open", "w1", "since the start"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "Stop updating") {
		t.Error("a button that does nothing")
	}
	tb.run(chromedp.Navigate(r.url+"/jobs"), chromedp.SendKeys("#id", "find-me"+kb.Enter), chromedp.WaitReady(".path"))
	if text := tb.text(); !strings.Contains(text, "Result: sent") {
		t.Error(text)
	}
}

// On no width does the page scroll sideways, and in no scheme is a text too pale.
func sizesAndSchemes(t *testing.T, b *browser, r *rig) {
	for _, width := range []int64{narrow, wide} {
		tb := b.open(t, r.url, "/", width)
		for _, path := range []string{"/", "/jobs", "/jobs?id=find-me", "/jobs?id=nobody", "/sandbox", "/login", notThere} {
			tb.run(chromedp.Navigate(r.url + path))
			for _, colours := range []string{"light", "dark"} {
				tb.run(scheme(colours))
				name := fmt.Sprintf("%s-%d-%s", pictureOf(path), width, colours)
				tb.look(name, width)
				if slices.Contains(pictured, path) {
					tb.shoot(name)
				}
			}
		}
	}
}

// look holds what is shown against the rules.
func (tb *tab) look(name string, width int64) {
	if wideness := value[int64](tb, `document.documentElement.scrollWidth`); wideness > width {
		tb.t.Errorf("%s is %d wide", name, wideness)
	}
	if pale := value[[]string](tb, tooPale); len(pale) > 0 {
		tb.t.Errorf("%s: too pale: %q", name, pale)
	}
	if nameless := value[[]string](tb, nameless); len(nameless) > 0 {
		tb.t.Errorf("%s: without a name: %q", name, nameless)
	}
}

// pictured are the pages that a picture is kept of.
var pictured = []string{"/", "/jobs?id=find-me", "/sandbox"}

func pictureOf(path string) string {
	name := strings.Trim(strings.NewReplacer("/", "", "?", "-", "=", "-").Replace(path), "-")
	if name == "" {
		return "overview"
	}
	return name
}

// tooPale lists texts whose contrast to what is behind them is below 4.5.
const tooPale = `(() => {
  const parts = (c) => c.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => { const f = [r, g, b].map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
  const behind = (e) => { for (; e; e = e.parentElement) { const c = parts(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
  const pale = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].filter((n) => n.nodeType === 3 && n.data.trim()).map((n) => n.data.trim()).join(" ");
    if (!own || e.closest("svg, option") || !e.checkVisibility()) continue;
    const a = light(parts(getComputedStyle(e).color)), b = light(behind(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) pale.push(own + " " + ratio.toFixed(2));
  }
  return pale;
})()`

// nameless lists what can be used and has no name to call it by.
const nameless = `[...document.querySelectorAll("a, button, input:not([type=hidden], [hidden]), select, textarea, svg[role=img]")]
  .filter((e) => !(e.getAttribute("aria-label") || e.labels?.length || e.textContent.trim()))
  .map((e) => e.outerHTML)`
