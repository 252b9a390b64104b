package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// A demoView prints what happens as it happens and keeps the story of each job
// for the table at the end.
type demoView struct {
	out   *lastingWriter
	paint *printer
	start time.Time

	mu      sync.Mutex
	stories map[string]*story
	results int
	opened  bool
	changed chan struct{}
}

// A story is what the provider said of one job, and its result.
type story struct {
	said   []string
	class  worker.Class
	result schema.Result
	done   bool
}

// newDemoView calls stop when out cannot be written to.
func newDemoView(out io.Writer, stop context.CancelCauseFunc) *demoView {
	return &demoView{
		out: &lastingWriter{w: out, stop: stop}, paint: &printer{color: wantsColor(out)}, start: time.Now(),
		stories: map[string]*story{}, changed: make(chan struct{}, 1),
	}
}

// A lastingWriter writes until the first failure, and stops the demo with it.
type lastingWriter struct {
	w    io.Writer
	stop context.CancelCauseFunc
	err  error
}

func (l *lastingWriter) Write(p []byte) (n int, err error) {
	if l.err != nil {
		return 0, l.err
	}
	if n, err = l.w.Write(p); err != nil {
		l.err = fmt.Errorf("print: %w", err)
		l.stop(l.err)
	}
	return n, err
}

// broken is why the output could not be written, or nil.
func (v *demoView) broken() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.out.err
}

func (v *demoView) chapter(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	fmt.Fprintf(v.out, "\n── "+format+" ──\n", args...)
}

func (v *demoView) say(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.line("", format, args...)
}

// line prints one line with the time; the caller holds the lock.
func (v *demoView) line(job, format string, args ...any) {
	fmt.Fprintf(v.out, "%7.3fs  %-16s %s\n", time.Since(v.start).Seconds(), job, fmt.Sprintf(format, args...))
}

func (v *demoView) submitted(job schema.Job) {
	v.mu.Lock()
	defer v.mu.Unlock()
	text := "submitted"
	if shows := job.Metadata["shows"]; shows != "" {
		text += "  " + shows
	}
	v.line(job.ID, "%s", text)
}

// observe is called by the worker.
func (v *demoView) observe(e worker.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch e.Kind {
	case worker.KindAttempt:
		v.attempt(e)
	case worker.KindAsked:
		v.asked(e)
	case worker.KindResult:
		v.result(e)
	case worker.KindBreaker:
		v.line("", "breaker of the %s: %s → %s%s", e.Scope, e.From, e.To, because(e))
		v.opened = v.opened || e.To == "open" && e.Scope == worker.ScopeProvider
	default:
		return
	}
	select {
	case v.changed <- struct{}{}:
	default:
	}
}

func because(e worker.Event) string {
	if e.To != "open" {
		return ""
	}
	return " (" + e.Verdict.Reason + ")"
}

func (v *demoView) story(id string) *story {
	if v.stories[id] == nil {
		v.stories[id] = &story{}
	}
	return v.stories[id]
}

func (v *demoView) attempt(e worker.Event) {
	s := v.story(e.JobID)
	said := e.Verdict.Status
	if said == "" {
		said = e.Verdict.Reason
	}
	s.said = append(s.said, said)
	if s.class == "" {
		s.class = e.Verdict.Class
	}
	v.line(e.JobID, "attempt %d  %-9s %s%s", e.Attempt, e.Verdict.Outcome, answer(e.Verdict), then(e))
}

func answer(v worker.Verdict) string {
	if v.Status == "" || v.Status == "0" {
		return v.Reason
	}
	return v.Status + " " + v.Reason
}

// then says what comes next, with the delay that is used.
func then(e worker.Event) string {
	wait := e.Delay.Round(10 * time.Millisecond)
	switch e.Next {
	case "retry":
		return fmt.Sprintf(" → retry in %s", wait)
	case "hold":
		return fmt.Sprintf(" → held for %s", wait)
	case "reconcile":
		return fmt.Sprintf(" → ask the provider in %s", wait)
	}
	return ""
}

func (v *demoView) asked(e worker.Event) {
	s := v.story(e.JobID)
	switch {
	case e.Found:
		s.said = append(s.said, "found")
		v.line(e.JobID, "asked      the provider has it: sent")
	case e.Verdict.Outcome == worker.Accepted:
		s.said = append(s.said, "not found")
		v.line(e.JobID, "asked      the provider does not know it%s", then(e))
	default:
		v.line(e.JobID, "asked      no answer%s", then(e))
	}
}

func (v *demoView) result(e worker.Event) {
	s := v.story(e.JobID)
	s.result = e.Result
	if !s.done {
		s.done = true
		v.results++
	}
	v.line(e.JobID, "result     %s %s", v.paint.paint(e.Result.Outcome, string(e.Result.Outcome)), e.Result.Reason)
}

// await waits until n jobs have their result.
func (v *demoView) await(ctx context.Context, n int) error {
	return v.until(ctx, func() bool { return v.results >= n }, fmt.Sprintf("results of %d jobs", n))
}

// awaitOpen waits until the provider's breaker opens.
func (v *demoView) awaitOpen(ctx context.Context) error {
	v.mu.Lock()
	v.opened = false
	v.mu.Unlock()
	return v.until(ctx, func() bool { return v.opened }, "open breaker")
}

func (v *demoView) until(ctx context.Context, done func() bool, what string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, demoPatience, errors.New("no "+what+" in time"))
	defer cancel()
	for {
		v.mu.Lock()
		ok := done()
		v.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-v.changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// summary prints the table and the count, and is an error if the count is
// wrong. Results are those of the stream, by job.
func (v *demoView) summary(jobs []schema.Job, results map[string]int, stats sandbox.Stats) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	const row = "%-16s %-34s %-10s %8s  %s %-22s %8s\n"
	fmt.Fprintf(v.out, "\n"+row, "JOB", "THE PROVIDER SAID", "CLASS", "ATTEMPTS", pad("RESULT"), "REASON", "TIME")
	for _, job := range jobs {
		s := v.story(job.ID)
		class := string(s.class)
		if class == "" {
			class = "-"
		}
		r := s.result
		fmt.Fprintf(v.out, row, job.ID, strings.Join(s.said, ", "), class, fmt.Sprint(r.Attempts),
			v.paint.paint(r.Outcome, pad(string(r.Outcome))), r.Reason,
			fmt.Sprintf("%.2fs", float64(r.Timings.Total)/1000))
	}
	total := 0
	for _, n := range results {
		total += n
	}
	fmt.Fprintf(v.out, "\n%d jobs in, %d results out, %d codes sent, %d sent twice, %d sent too late\n",
		len(jobs), total, stats.Accepted, stats.Repeats, stats.Late)
	return checkCount(jobs, total, results, stats)
}

func checkCount(jobs []schema.Job, total int, results map[string]int, stats sandbox.Stats) error {
	for _, job := range jobs {
		if n := results[job.ID]; n != 1 {
			return fmt.Errorf("the count is wrong: job %s has %d results in the stream", job.ID, n)
		}
	}
	if total != len(jobs) || stats.Repeats != 0 || stats.Late != 0 {
		return errors.New("the count is wrong")
	}
	return nil
}
