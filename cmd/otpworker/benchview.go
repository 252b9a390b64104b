package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/otpworker/otpworker/worker/bench"
)

// benchTable prints a column for each contender, and a plot of its times.
func benchTable(w io.Writer, r benchReport, given bool) error {
	fmt.Fprintln(w, conditions(r, given))
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	row := func(title string, cell func(bench.Summary) string, last string) {
		fmt.Fprint(t, title, "\t")
		for _, s := range r.Summaries {
			fmt.Fprint(t, cell(s), "\t")
		}
		fmt.Fprint(t, last, "\t\n")
	}
	head := ""
	if len(r.Summaries) > 1 {
		head = "worker to bare"
	}
	row("", func(s bench.Summary) string { return s.Entry }, head)
	for _, m := range bench.Measures() {
		if _, measured := r.Summaries[0].Values[m.Name]; measured {
			row(m.Title, func(s bench.Summary) string { return figure(s.Values[m.Name]) }, ratioOf(r.Summaries, m.Name))
		}
	}
	for _, c := range benchCounts {
		row(c.title, func(s bench.Summary) string { return strconv.FormatInt(c.sum(bench.Of(r.Rounds, s.Entry)), 10) }, "")
	}
	if err := t.Flush(); err != nil {
		return fail(exitFailed, err)
	}
	return fail(exitFailed, benchPlots(w, r.Summaries))
}

func conditions(r benchReport, given bool) string {
	c := r.Entries[0].Config
	nats := "embedded NATS, sync " + string(c.Sync)
	if given {
		nats = "given NATS"
	}
	load := fmt.Sprintf("%d jobs", c.Jobs)
	if c.Rate > 0 {
		load = strings.TrimPrefix(fmt.Sprintf("%s, then %d jobs/s for %s", load, c.Rate, c.For), "0 jobs, then ")
	}
	return fmt.Sprintf("%s\n%s, %s lane, %d × %d slots, provider latency %s, ledger %s, %s\nrounds: %d, medians; of the gaps the longest",
		r.Machine, load, c.Lane, c.Processes, c.Slots, c.Latency, c.Ledger, nats, r.Rounds[len(r.Rounds)-1].Round)
}

// ratioOf is that of the one that has a ratio.
func ratioOf(all []bench.Summary, name string) string {
	for _, s := range all {
		if v, ok := s.Ratios[name]; ok {
			return fmt.Sprintf("%.2f ×", v)
		}
	}
	return ""
}

// figure has as many digits as mean something.
func figure(v float64) string {
	if v >= 100 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

func benchPlots(w io.Writer, all []bench.Summary) error {
	for _, s := range all {
		if len(s.Times) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s, publish to result, %d jobs\n", s.Entry, len(s.Times))
		if err := bench.Plot(w, s.Times); err != nil {
			return err
		}
	}
	return nil
}

// A benchCount is a count over all rounds.
type benchCount struct {
	title string
	of    func(bench.Counts) int64
}

var benchCounts = []benchCount{
	{"jobs", func(c bench.Counts) int64 { return int64(c.Jobs) }},
	{"results", func(c bench.Counts) int64 { return int64(c.Results) }},
	{"lost", func(c bench.Counts) int64 { return int64(c.Lost) }},
	{"sent twice", func(c bench.Counts) int64 { return c.SentTwice }},
	{"sent too late", func(c bench.Counts) int64 { return c.Late }},
}

func (c benchCount) sum(rounds []bench.Round) (n int64) {
	for _, r := range rounds {
		if r.Drain != nil {
			n += c.of(r.Drain.Counts)
		}
		if r.OpenLoop != nil {
			n += c.of(r.OpenLoop.Counts)
		}
	}
	return n
}
