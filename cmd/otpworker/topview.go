package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/stats"
)

// A topView is an overview as lines of text, none longer than width.
type topView struct {
	stats.Overview
	width int
	color bool
	zone  *time.Location
}

func (v topView) lines() []string {
	var all []string
	for _, section := range [][]string{v.head(), v.flow(), v.held(), v.backlog(), v.batches(), v.fleet()} {
		if len(section) == 0 {
			continue
		}
		if len(all) > 0 {
			all = append(all, "")
		}
		for _, line := range section {
			all = append(all, v.bold(cut(plain(line), v.width)))
		}
	}
	return all
}

// bold marks the first word of a section's first line: it is in capitals.
func (v topView) bold(line string) string {
	word, _, _ := strings.Cut(line, " ")
	if !v.color || word == "" || word != strings.ToUpper(word) || !unicode.IsLetter(rune(word[0])) {
		return line
	}
	return "\x1b[1m" + word + "\x1b[0m" + strings.TrimPrefix(line, word)
}

func (v topView) head() []string {
	return []string{fmt.Sprintf("otpworker top  %s  %s in hand  %s", v.At.In(v.zone).Format(time.TimeOnly), plural(v.InHand(), "job"), plural(len(v.Workers), "worker"))}
}

// flow is throughput, outcomes and job age.
func (v topView) flow() []string {
	last, total := v.LastMinute, v.Total
	lines := []string{
		fmt.Sprintf("%-12s %9s taken %9s answered  %s", "THROUGHPUT", rate(last.Taken), rate(last.Results()), spark(v.results(), v.width-50)),
		fmt.Sprintf("%-12s %9s %9s %9s %9s %9s", "OUTCOMES", "SENT", "REJECTED", "EXPIRED", "UNKNOWN", "INVALID"),
	}
	for _, row := range []struct {
		name string
		c    stats.Counts
	}{{"last minute", last}, {"since start", total}} {
		lines = append(lines, fmt.Sprintf("%-12s %9d %9d %9d %9d %9d   %s", row.name, row.c.Sent, row.c.Rejected, row.c.Expired, row.c.Unknown, row.c.Invalid, share(row.c)))
	}
	if total.Withdrawn > 0 {
		lines = append(lines, v.wrap("shares without the cancelled and superseded: ", []string{
			fmt.Sprintf("%d last minute", last.Withdrawn), fmt.Sprintf("%d since start", total.Withdrawn),
		})...)
	}
	lines = append(lines, fmt.Sprintf("%-12s %9s %9s %9s %9s", "AGE last min", "JOBS", "P50", "P90", "P99"))
	for _, lane := range schema.Lanes() {
		a := v.Age(lane)
		lines = append(lines, fmt.Sprintf("%-12s %9d %9s %9s %9s", lane, a.Count, ms(a.P50MS), ms(a.P90MS), ms(a.P99MS)))
	}
	return lines
}

// rate is that of a minute; a low one would be a long row of zeros by the second.
func rate(inMinute uint64) string {
	if inMinute < 60 {
		return fmt.Sprintf("%d/min", inMinute)
	}
	return fmt.Sprintf("%.1f/s", float64(inMinute)/60)
}

func share(c stats.Counts) string {
	if c.Wanted() == 0 {
		return ""
	}
	// Rounded down: 100 % is all of them.
	return fmt.Sprintf("%.1f %% sent", math.Floor(1000*float64(c.Sent)/float64(c.Wanted()))/10)
}

func ms(n int64) string {
	d := time.Duration(n) * time.Millisecond
	switch {
	case d < time.Second:
		return fmt.Sprintf("%dms", n)
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return inWords(d)
}

// held is what waits, since when, why and until when.
func (v topView) held() []string {
	lines := []string{"HELD"}
	for _, h := range v.Breakers() {
		name := string(h.Scope)
		if h.AppID != "" {
			name += " " + h.AppID
		}
		why := h.Reason
		if h.Status != "" {
			why += " (status " + h.Status + ")"
		}
		parts := []string{fmt.Sprintf("since %s (%s)", h.Since.In(v.zone).Format(time.TimeOnly), inWords(v.At.Sub(h.Since))), why}
		if wait := h.Until.Sub(v.At); wait > 0 {
			parts = append(parts, "next probe in "+ms(wait.Milliseconds()))
		}
		if len(v.Workers) > 1 {
			parts = append(parts, fmt.Sprintf("%d of %d workers", h.Workers, len(v.Workers)))
		}
		lines = append(lines, v.wrap(name+" "+h.State+" ", parts)...)
	}
	lines = append(lines, v.waits()...)
	if len(lines) == 1 {
		return []string{"HELD         nothing"}
	}
	return lines
}

// waits is what no breaker holds.
func (v topView) waits() (lines []string) {
	w := v.Waits()
	if w.SlowMS > 0 {
		lines = append(lines, "the provider has asked all to wait for "+ms(w.SlowMS))
	}
	if rate := w.RateWords(); rate != "" {
		lines = append(lines, "jobs wait for the rate: "+rate)
	}
	if w.Calls < w.MostCalls {
		lines = append(lines, fmt.Sprintf("the provider is slow or turns calls away: %d calls at once instead of %d", w.Calls, w.MostCalls))
	}
	if w.PausedBatches == 1 {
		lines = append(lines, "1 batch is paused")
	} else if w.PausedBatches > 1 {
		lines = append(lines, fmt.Sprintf("%d batches are paused", w.PausedBatches))
	}
	if len(w.Aside) > 0 {
		lines = append(lines, v.wrap("put back ", byCount(w.Aside))...)
	}
	return lines
}

// byCount lists the most first.
func byCount(counts map[string]uint64) []string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = fmt.Sprintf("%s %d", name, counts[name])
	}
	return parts
}

// indent is before what goes on on the next line.
const indent = "    "

// wrap puts parts behind a head, on as many lines as they need.
func (v topView) wrap(head string, parts []string) (lines []string) {
	line := head
	for i, part := range parts {
		if i < len(parts)-1 {
			part += ", "
		}
		if full := utf8.RuneCountInString(strings.TrimRight(line+part, " ")) > v.width; full && line != head && line != indent {
			lines = append(lines, line)
			line = indent
		}
		line += part
	}
	return append(lines, line)
}
