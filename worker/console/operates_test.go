package console_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// bury stores letters and returns the sequence of the last.
func (r *rig) bury(letters ...schema.DeadLetter) (seq uint64) {
	r.t.Helper()
	for _, l := range letters {
		r.must(r.queue.PublishDead(r.t.Context(), l))
	}
	page, err := r.queue.DeadPage(r.t.Context(), queue.DeadFilter{}, 0)
	r.must(err)
	return page.Entries[0].Seq
}

// operates opens a path as somebody who has given the token.
func (b *browser) operates(t *testing.T, r *rig, path string) *tab {
	t.Helper()
	tb := b.open(t, r.url, "/login", wide)
	if value[bool](tb, `document.getElementById("token") !== null`) { // not from an earlier tab
		tb.run(chromedp.SendKeys("#token", token+kb.Enter))
	}
	tb.waitText("Log out")
	tb.run(chromedp.Navigate(r.url + path))
	return tb
}

// tabTo presses the tab key until what a CSS selector names has the focus.
func (tb *tab) tabTo(selector string) {
	tb.t.Helper()
	for range 80 {
		tb.run(chromedp.KeyEvent(kb.Tab))
		if value[bool](tb, `document.activeElement.matches(`+quoted(selector)+`)`) {
			if value[string](tb, `getComputedStyle(document.activeElement).outlineStyle`) == "none" {
				tb.t.Errorf("%s has the focus, and nobody sees it", selector)
			}
			return
		}
	}
	tb.t.Fatalf("%s is not reached with the tab key:\n%s", selector, tb.text())
}

// Two letters are looked at and replayed, the unknown one by choice, with the
// keyboard alone; the worker then sends them.
func replaysLetters(t *testing.T, b *browser, r *rig) {
	unknown := letterOf(t, testApp, "lost-2")
	unknown.Outcome, unknown.Reason = schema.OutcomeUnknown, "unreachable"
	last := r.bury(letterOf(t, testApp, "lost-1"), unknown)
	tb := b.operates(t, r, "/dead")
	for _, seq := range []uint64{last, last - 1} {
		tb.tabTo(fmt.Sprintf(`input[name=seq][value='%d']`, seq))
		tb.run(chromedp.KeyEvent(" "))
	}
	tb.tabTo("button[value=replay]")
	tb.run(chromedp.KeyEvent(kb.Enter))
	tb.waitText("Nothing has been done yet. 2 letters of 2 would be replayed.")
	for _, seq := range []uint64{last, last - 1} {
		if _, err := r.queue.Letter(t.Context(), seq); err != nil {
			t.Errorf("the look has done something: %v", err)
		}
	}
	tb.shoot("dead-look")
	tb.tabTo("input[name=unknown]")
	tb.run(chromedp.KeyEvent(" "))
	tb.tabTo("form[action='/dead/do'] button")
	tb.run(chromedp.KeyEvent(kb.Enter))
	tb.waitText("2 letters replayed")
	tb.shoot("dead-done")
	for _, seq := range []uint64{last, last - 1} {
		if _, err := r.queue.Letter(t.Context(), seq); !errors.Is(err, queue.ErrNoLetter) {
			t.Errorf("letter %d: %v", seq, err)
		}
	}
	tb.run(chromedp.Reload())
	tb.waitText("2 letters replayed")
	tb.tabTo("a[href*='id=rp-']")
	tb.run(chromedp.KeyEvent(kb.Enter))
	tb.waitText("Result: sent")
}

// A batch is paused, resumed and cancelled with the keyboard alone.
func pausesBatch(t *testing.T, b *browser, r *rig) {
	_, err := r.queue.CreateBatch(t.Context(), queue.Batch{ID: "spring", AppID: testApp, Rows: 10})
	r.must(err)
	tb := b.operates(t, r, "/batches")
	tb.tabTo("a[href='/batches/spring']")
	tb.run(chromedp.KeyEvent(kb.Enter))
	for _, step := range []struct {
		button, says string
		state        queue.BatchState
	}{
		{"#batch-pause", "It is paused", queue.BatchPaused}, {"#batch-resume", "It goes on", queue.BatchOpen},
		{"#batch-cancel", "Nobody can bring it back", queue.BatchOpen}, {"form[action$=cancel] button", "It is cancelled", queue.BatchCancelled},
	} {
		tb.waitFor(`document.querySelector(` + quoted(step.button) + `) !== null`)
		tb.tabTo(step.button)
		tb.run(chromedp.KeyEvent(kb.Enter))
		tb.waitText(step.says)
		if found, err := r.queue.Batch(t.Context(), "spring"); err != nil || found.State != step.state && found.State != queue.BatchFinished {
			t.Errorf("after %s it is %s, %v", step.button, found.State, err)
		}
	}
}

// What answers a form is not taken for a page that can be fetched again.
func refusalStays(t *testing.T, b *browser, r *rig) {
	_, err := r.queue.CreateBatch(t.Context(), queue.Batch{ID: "autumn", AppID: testApp, Rows: 10})
	r.must(err)
	tb := b.operates(t, r, "/batches/autumn")
	tb.run(chromedp.Click("#pause")) // it does not see that somebody else is faster
	tb.waitText("Paused")
	_, err = r.queue.ChangeBatch(t.Context(), "autumn", func(b *queue.Batch) error { return b.Move(queue.BatchCancelled) })
	r.must(err)
	tb.run(chromedp.Evaluate[chromedp.Void](`document.querySelector("#batch-pause").click()`))
	tb.waitText("was cancelled already")
	time.Sleep(2500 * time.Millisecond) // two looks
	if text := tb.text(); !strings.Contains(text, "was cancelled already") {
		t.Errorf("it was replaced: %s", text)
	}
}

// The focus and the ticks stay where they are while the page is put in place anew.
func keepsTicks(t *testing.T, b *browser, r *rig) {
	seq := r.bury(letterOf(t, testApp, "kept-1"))
	tb := b.operates(t, r, "/dead")
	tb.tabTo(fmt.Sprintf(`input[name=seq][value='%d']`, seq))
	tb.run(chromedp.KeyEvent(" "))
	before := value[string](tb, `document.getElementById("reasons").innerText`)
	r.bury(letterOf(t, testApp, "kept-2"))
	tb.waitFor(`document.getElementById("reasons").innerText !== ` + fmt.Sprintf("%q", before))
	if !value[bool](tb, `document.activeElement.checked === true`) {
		t.Error("the tick or the focus is gone")
	}
}

// Every page of both parts, in all sizes and colours.
func lettersAndBatches(t *testing.T, b *browser, r *rig) {
	sealed, unknown, invalid := letterOf(t, testApp, "look-1"), letterOf(t, testApp, "look-2"), letterOf(t, testApp, "look-3")
	sealed.Sealed, unknown.Outcome, unknown.Reason, invalid.Outcome, invalid.Reason = true, schema.OutcomeUnknown, "rate_lookup_failed", schema.OutcomeInvalid, "invalid"
	invalid.Faults = []schema.Fault{{Field: "to", Problem: "must be digits only: drop the +"}}
	last := r.bury(sealed, unknown, letterOf(t, testApp, "look-4"), invalid)
	_, err := r.queue.CreateBatch(t.Context(), queue.Batch{ID: "a-batch-with-a-long-name-for-narrow-screens-2026", AppID: testApp, Rows: 1000})
	r.must(err)
	_, err = r.queue.CreateBatch(t.Context(), queue.Batch{ID: "summer", AppID: testApp, Rows: 90})
	r.must(err)
	for row := range uint64(30) {
		jobID := schema.BatchJobID("summer", row+1)
		o := []schema.Outcome{schema.OutcomeSent, schema.OutcomeSent, schema.OutcomeRejected}[row%3]
		r.must(r.queue.PublishBatchResult(t.Context(), "summer", schema.Result{
			ID: schema.ResultID(jobID), JobID: jobID, AppID: testApp, Lane: schema.LaneBatch, BatchID: "summer",
			Outcome: o, Reason: map[schema.Outcome]string{schema.OutcomeSent: "sent", schema.OutcomeRejected: "phone_limit"}[o], CompletedAt: time.Now(),
		}))
	}
	letter := fmt.Sprint("/dead/", last)
	for _, width := range []int64{narrow, wide} {
		tb := b.operates(t, r, "/dead")
		tb.run(chromedp.EmulateViewport(width, tall))
		for _, page := range []struct {
			name, path string
			press      string
		}{
			{"dead", "/dead?tick=all", ""}, {"dead-filter", "/dead?reason=invalid&lane=batch", ""},
			{"letter", letter, ""}, {"dead-plan", "/dead?tick=all", "button[value=replay]"}, {"dead-plan-discard", letter, "button[value=discard]"},
			{"batches", "/batches", ""}, {"batch", "/batches/summer", ""}, {"batch-cancel", "/batches/summer", "#batch-cancel"}, {"batch-none", "/batches/nothing", ""},
		} {
			tb.run(chromedp.Navigate(r.url + page.path))
			if page.press != "" {
				tb.run(chromedp.Click(page.press))
				tb.waitFor(`location.pathname !== ` + quoted(strings.Split(page.path, "?")[0]))
			}
			for _, colours := range []string{"light", "dark"} {
				tb.run(scheme(colours))
				tb.look(fmt.Sprintf("%s-%d-%s", page.name, width, colours), width)
			}
		}
	}
}
