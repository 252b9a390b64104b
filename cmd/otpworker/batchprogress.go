package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/batchfile"
	"github.com/otpworker/otpworker/worker/queue"
)

const (
	// linesEvery is for what is no terminal.
	linesEvery = 10 * time.Second
	// rateOver is the time over which the rate is measured.
	rateOver = 10 * time.Second
	// barWidth is the bar's on a terminal that has room for it.
	barWidth = 30
)

// batchProgress shows how far a batch is: a bar on a terminal, a line now and
// then elsewhere. One goroutine at a time uses it.
type batchProgress struct {
	out   io.Writer
	bar   bool
	drawn bool
	now   func() time.Time
	next  time.Time
	past  []sample // of the last rateOver
}

type sample struct {
	at       time.Time
	answered uint64
}

func newProgress(out io.Writer) *batchProgress {
	return &batchProgress{
		out: out, bar: isTerminal(out) && os.Getenv("TERM") != "dumb",
		now: time.Now, next: time.Now().Add(linesEvery),
	}
}

func (p *batchProgress) observe(s batchfile.Progress) {
	now := p.now()
	rate := p.rate(sample{now, s.Answered()})
	if p.bar {
		fmt.Fprintf(p.out, "\r%s\x1b[K", barText(s, rate, width(p.out)-1)) // a line that wraps has lost its beginning
		p.drawn = true
		return
	}
	if !now.Before(p.next) {
		p.next = now.Add(linesEvery)
		fmt.Fprintln(p.out, lineText(s, rate))
	}
}

// end leaves the bar where it is.
func (p *batchProgress) end() {
	if p.drawn {
		fmt.Fprintln(p.out)
		p.drawn = false
	}
}

// rate is how many results came per second.
func (p *batchProgress) rate(s sample) float64 {
	p.past = append(p.past, s)
	for len(p.past) > 2 && s.at.Sub(p.past[0].at) > rateOver {
		p.past = p.past[1:]
	}
	first := p.past[0]
	over := s.at.Sub(first.at).Seconds()
	if over <= 0 || s.answered < first.answered {
		return 0
	}
	return float64(s.answered-first.answered) / over
}

// barText is "[####......]  25%  300 published  249 sent" and so on. The bar takes
// the room that the figures leave.
func barText(s batchfile.Progress, rate float64, columns int) string {
	part := float64(s.Answered()) / float64(max(s.Rows, 1))
	text := fmt.Sprintf("%3d%%  %s", int(part*100), strings.Join(factsText(s, rate), "  "))
	room := min(columns-len(text)-len("[] "), barWidth)
	if room < 5 {
		return text[:max(0, min(len(text), columns))]
	}
	full := int(part * float64(room))
	return fmt.Sprintf("[%s%s] %s", strings.Repeat("#", full), strings.Repeat(".", room-full), text)
}

func lineText(s batchfile.Progress, rate float64) string {
	return fmt.Sprintf("batch %s, %d rows: %s", s.ID, s.Rows, strings.Join(factsText(s, rate), ", "))
}

func factsText(s batchfile.Progress, rate float64) []string {
	parts := []string{fmt.Sprintf("%d published", s.Rows-s.Unpublished)}
	for _, o := range schema.Outcomes() {
		usual := o == schema.OutcomeSent || o == schema.OutcomeRejected || o == schema.OutcomeExpired
		if n := s.Counts[o]; n > 0 || usual {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	return append(parts, fmt.Sprintf("%.1f/s", rate), leftText(s, rate))
}

func leftText(s batchfile.Progress, rate float64) string {
	left := float64(s.Rows - min(s.Rows, s.Answered()))
	switch {
	case errors.Is(s.Trouble, queue.ErrQueueFull):
		return "the queue is full, trying again"
	case s.Trouble != nil:
		return "a row was not taken, trying again"
	case s.State != queue.BatchOpen:
		return string(s.State)
	case left == 0:
		return "done"
	case rate < 0.05:
		return "time left not known"
	}
	return inWords(time.Duration(min(left/rate, 1e9)*float64(time.Second))) + " left"
}

// width is that of a terminal; where it cannot be told, of an old one.
func width(out io.Writer) int {
	if f, ok := out.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
			return columns
		}
	}
	return 80
}
