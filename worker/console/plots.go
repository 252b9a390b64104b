package console

import (
	"fmt"
	"math"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/stats"
)

// spans are how far back a plot may go: as little as has all there was.
var spans = []int{60, 120, historySeconds}

// spanOf is the first that is not shorter than the fleet has run.
func spanOf(o *stats.Overview) int {
	began := o.At
	for _, w := range o.Workers {
		if w.StartedAt.Before(began) {
			began = w.StartedAt
		}
	}
	for _, span := range spans {
		if o.At.Sub(began) <= time.Duration(span)*time.Second {
			return span
		}
	}
	return historySeconds
}

// plotColumns is how many columns a plot has.
const plotColumns = 60

func (p *Page) plots(o *stats.Overview) []plot {
	length := spanOf(o)
	samples := p.history.last(o.At, length)
	held := make([]bool, length)
	for i, s := range samples {
		held[i] = s.held
	}
	shade := bands(held, "band")
	all := []plot{throughputPlot(o, length), agePlot(samples), backlogPlot(samples)}
	for i := range all {
		all[i].Span = time.Duration(length) * time.Second
		all[i].Shapes = append(shade, all[i].Shapes...)
		if shade != nil {
			all[i].Says += " Part of the time a breaker was open."
		}
	}
	if shade != nil {
		all[0].Legend = append(all[0].Legend, entry{Name: "breaker open", Class: "f-held"})
	}
	return all
}

// outcomes are in the order of the stack, each with its class and its count.
func outcomes(c stats.Counts) []entry {
	var all []entry
	for _, one := range []struct {
		o schema.Outcome
		n uint64
	}{
		{schema.OutcomeSent, c.Sent}, {schema.OutcomeRejected, c.Rejected}, {schema.OutcomeExpired, c.Expired},
		{schema.OutcomeUnknown, c.Unknown}, {schema.OutcomeInvalid, c.Invalid},
	} {
		all = append(all, entry{Name: string(one.o), Value: number(float64(one.n)), Class: "f-" + string(one.o)})
	}
	return all
}

func throughputPlot(o *stats.Overview, length int) plot {
	s := o.Throughput()
	each := length / plotColumns
	stacks := []stack{
		{"f-sent", binned(s.Sent, length, each)}, {"f-rejected", binned(s.Rejected, length, each)}, {"f-expired", binned(s.Expired, length, each)},
		{"f-unknown", binned(s.Unknown, length, each)}, {"f-invalid", binned(s.Invalid, length, each)},
	}
	var most, last float64
	for i := range plotColumns {
		var sum float64
		for _, stack := range stacks {
			sum += stack.values[i]
		}
		most = max(most, sum)
		if i == plotColumns-2 { // the last one is not full yet
			last = sum
		}
	}
	top := roof(most)
	pl := plot{Title: "Throughput", Now: number(last) + " results/s", Shapes: columns(stacks, top), Legend: outcomes(o.LastMinute)}
	pl.Rules, pl.Scale = linear(top)
	pl.Says = fmt.Sprintf("Results per second: at most %s, now %s.", number(most), number(last))
	for i := range pl.Legend {
		pl.Legend[i].Value = ""
	}
	return pl
}

// binned are the last seconds' counts as rates, some seconds in each.
func binned(perSecond []uint32, length, each int) []float64 {
	perSecond = perSecond[len(perSecond)-length:]
	rates := make([]float64, length/each)
	for i, n := range perSecond {
		rates[i/each] += float64(n) / float64(each)
	}
	return rates
}

func agePlot(samples []sample) plot {
	low, high := math.MaxInt, 0
	for _, s := range samples {
		if s.p50 > 0 {
			low, high = min(low, decade(s.p50)), max(high, decade(s.p99-1)+1)
		}
	}
	if low > high {
		low, high = 1, 3 // there were none: from 10 ms to a second
	}
	high = max(high, low+1)
	height := func(ms int64) float64 {
		if ms <= 0 {
			return -1
		}
		return (math.Log10(float64(ms)) - float64(low)) / float64(high-low)
	}
	half, most := make([]float64, len(samples)), make([]float64, len(samples))
	for i, s := range samples {
		half[i], most[i] = height(s.p50), height(s.p99)
	}
	last := newest(samples)
	pl := plot{
		Title: "Job age, publish to result", Now: "–", Says: "No job had a result in the last minute.",
		Lines:  append(line(most, "line s-second"), line(half, "line s-first")...),
		Legend: []entry{{Name: "half within", Class: "s-first", Line: true}, {Name: "99 % within", Class: "s-second", Line: true}},
	}
	if last.p50 > 0 {
		pl.Now = milliseconds(last.p50) + ", 99 %: " + milliseconds(last.p99)
		pl.Says = "Half of the jobs of the last minute had their result within " + milliseconds(last.p50) + ", 99 % within " + milliseconds(last.p99) + "."
	}
	pl.Rules, pl.Scale = decades(low, high)
	return pl
}

// decade is the power of ten below a number of milliseconds.
func decade(ms int64) int { return int(math.Floor(math.Log10(float64(max(1, ms))))) }

func backlogPlot(samples []sample) plot {
	var most float64
	for _, s := range samples {
		most = max(most, float64(s.queued))
	}
	top := roof(most)
	heights, first := make([]float64, len(samples)), -1
	for i, s := range samples {
		if heights[i] = -1; s.unix > 0 {
			heights[i] = float64(s.queued) / top
			if first < 0 {
				first = i
			}
		}
	}
	last := newest(samples)
	pl := plot{
		Title: "Jobs in the queue", Now: plural(last.queued, "job"), Lines: line(heights, "line s-first"),
		Says: fmt.Sprintf("Jobs in the queue: at most %s, now %d.", number(most), last.queued),
	}
	pl.Rules, pl.Scale = linear(top)
	return pl
}

// newest is the last sample that was taken.
func newest(samples []sample) (last sample) {
	for _, s := range samples {
		if s.unix > 0 {
			last = s
		}
	}
	return last
}

// A mix is the shares of the outcomes of a minute, as one bar.
type mix struct {
	Total  uint64
	Shapes []shape
	Legend []entry
	Says   string
}

func mixOf(c stats.Counts) mix {
	m := mix{Total: c.Results(), Legend: outcomes(c), Says: "Outcomes of the last minute:"}
	var x float64
	for i, n := range []uint64{c.Sent, c.Rejected, c.Expired, c.Unknown, c.Invalid} {
		e := &m.Legend[i]
		m.Says += fmt.Sprintf(" %s %d", e.Name, n)
		if n == 0 {
			continue
		}
		w := plotWidth * float64(n) / float64(m.Total)
		m.Shapes = append(m.Shapes, shape{e.Class, fmt.Sprintf("M%s 0h%sv10h-%sz", at(x), at(w), at(w))})
		x += w
		e.Value += " (" + share(n, m.Total) + ")"
	}
	return m
}
