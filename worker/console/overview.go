package console

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/stats"
)

func (p *Page) overviewPart() part {
	return part{name: "Overview", path: "/", handlers: map[string]handler{"GET /{$}": p.showOverview}}
}

func (p *Page) showOverview(r *http.Request) answer {
	if _, err := p.queue(); err != nil {
		return p.failed(err)
	}
	o, err := p.cfg.Overview(r.Context())
	if err != nil {
		return p.failed(err)
	}
	if !faulty(&o, "workers") { // else this worker's own say more
		p.history.add(sampleOfFleet(&o))
	}
	return answer{template: "overview", title: "Overview", data: p.overview(&o)}
}

// An overview is the data of the template.
type overview struct {
	At     time.Time
	Banner banner
	// Figures stand at the top, and Plots below them.
	Figures []figure
	Plots   []plot
	Mix     mix
	Held    []stats.HeldScope
	Waits   []string
	Lanes   []laneRow
	Workers []workerRow
	Reasons []reasonRow
	Faults  []stats.Fault
	ReadOn  []topic
	// Fleet is the number of workers; Unasked says that they could not be asked.
	Fleet   int
	Unasked bool
}

type figure struct{ Name, Value, Note string }

// A laneRow is a lane of the queue and the fleet's hands in it.
type laneRow struct {
	Lane                        schema.Lane
	Jobs                        uint64
	Queues, Slots, InHand, Free int
	Oldest                      string
}

// A workerRow is a worker, and what is wrong with it.
type workerRow struct {
	stats.Snapshot
	Up      time.Duration
	Slots   int
	Rate    string
	Trouble []string
}

// A reasonRow is how often results had a reason since the start.
type reasonRow struct {
	Outcome schema.Outcome
	Reason  string
	N       uint64
}

func (p *Page) overview(o *stats.Overview) overview {
	v := overview{
		At: o.At, Held: o.Breakers(), Waits: waitsOf(o.Waits()), Lanes: lanesOf(o), Reasons: reasonsOf(o),
		Faults: o.Faults, Mix: mixOf(o.LastMinute), Fleet: len(o.Workers), Unasked: faulty(o, "workers"),
	}
	for _, w := range o.Workers {
		v.Workers = append(v.Workers, workerRow{
			Snapshot: w, Up: time.Duration(w.UptimeMS) * time.Millisecond, Slots: w.Slots(),
			Rate: rate(w.LastMinute.Results()), Trouble: w.Trouble(milliseconds),
		})
	}
	own := p.cfg.Brief()
	v.Banner = bannerOf(own, o, v.Held)
	v.Figures = figuresOf(o)
	v.Plots = p.plots(o)
	v.ReadOn = topicsOf(own, o, v.Held)
	return v
}

func figuresOf(o *stats.Overview) []figure {
	age := o.Age(schema.LaneInteractive)
	var waiting uint64
	for _, l := range o.Lanes {
		waiting += l.Jobs
	}
	all := []figure{
		{"Answered", rate(o.LastMinute.Results()), plural(o.Total.Results(), "job") + " since the start"},
		{"Sent", orDash(share(o.LastMinute.Sent, o.LastMinute.Wanted())), sentOf(o.LastMinute)},
		{"A login takes", "–", "no login in the last minute"},
		{"In the queue", number(float64(waiting)), plural(o.InHand(), "job") + " in hand"},
		{"Dead letters", number(float64(o.DeadLetters)), orText(strings.Join(byCount(o.Dead, 2), ", "), "none")},
	}
	for i, part := range []string{"workers", "workers", "workers", "lanes", "dead"} {
		if faulty(o, part) {
			all[i].Value, all[i].Note = "–", "cannot be looked at from here"
		}
	}
	if age.Count > 0 {
		all[2].Value, all[2].Note = milliseconds(age.P50MS), "half of them; 99\u00a0% within "+milliseconds(age.P99MS)
	}
	return all
}

// sentOf says of what the share is: the outcomes below it count all of them.
func sentOf(c stats.Counts) string {
	if c.Withdrawn == 0 {
		return "of those of the last minute"
	}
	return "of those of the last minute, without " + number(float64(c.Withdrawn)) + " cancelled or superseded"
}

func lanesOf(o *stats.Overview) (rows []laneRow) {
	if faulty(o, "lanes") {
		return nil
	}
	for _, lane := range schema.Lanes() {
		l := o.Lanes[lane]
		row := laneRow{Lane: lane, Jobs: l.Jobs, Queues: l.Queues, Oldest: "–"}
		for _, w := range o.Workers {
			wl := w.Lanes[lane]
			row.Slots, row.InHand, row.Free = row.Slots+wl.Slots, row.InHand+wl.Taken+wl.Settling, row.Free+wl.Free
		}
		if !l.OldestAt.IsZero() {
			row.Oldest = span(o.At.Sub(l.OldestAt))
		}
		rows = append(rows, row)
	}
	return rows
}

// maxReasons bounds the rows of the table: there are more reasons than a person
// reads.
const maxReasons = 12

func reasonsOf(o *stats.Overview) (rows []reasonRow) {
	sum := map[reasonRow]uint64{}
	for _, w := range o.Workers {
		for outcome, reasons := range w.Reasons {
			for reason, n := range reasons {
				sum[reasonRow{Outcome: outcome, Reason: reason}] += n
			}
		}
	}
	for row, n := range sum {
		row.N = n
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b reasonRow) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Reason, b.Reason))
	})
	return rows[:min(len(rows), maxReasons)]
}

func waitsOf(w stats.Waits) (lines []string) {
	if w.SlowMS > 0 {
		lines = append(lines, "The provider has asked all to wait for another "+milliseconds(w.SlowMS)+".")
	}
	if rate := w.RateWords(); rate != "" {
		lines = append(lines, "Jobs wait for the rate: "+rate+".")
	}
	if w.Calls < w.MostCalls {
		lines = append(lines, "The provider is slow or turns calls away: "+plural(w.Calls, "call")+" at once instead of "+plural(w.MostCalls, "call")+".")
	}
	if w.PausedBatches > 0 {
		lines = append(lines, "Paused: "+pluralWith(w.PausedBatches, "batch", "batches")+".")
	}
	if len(w.Aside) > 0 {
		lines = append(lines, "Put back into the queue since the start: "+strings.Join(byCount(w.Aside, len(w.Aside)), ", ")+".")
	}
	return lines
}

// byCount lists the most first, at most so many.
func byCount(counts map[string]uint64, most int) []string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	var parts []string
	for _, name := range names[:min(len(names), most)] {
		parts = append(parts, name+" "+number(float64(counts[name])))
	}
	return parts
}
