package bench

import (
	"slices"
	"time"
)

// A Summary is the medians of an entry's rounds; a gap is the longest of all.
type Summary struct {
	Entry string `json:"entry"`
	// Values are by the measure's name.
	Values map[string]float64 `json:"values"`
	// Ratios are the medians of the ratios to the reference, round by round.
	// Nil for the reference and without one.
	Ratios map[string]float64 `json:"ratios,omitempty"`
	// Times are those of all open loops, the shortest first.
	Times []time.Duration `json:"-"`
}

// A Measure is a figure of a round.
type Measure struct {
	Name string
	// Title says it in a table.
	Title string
	// Worst: the largest of the rounds counts, and not their median.
	Worst bool
	of    func(Round) (value float64, measured bool)
}

func ofDrain(of func(Drain) float64) func(Round) (float64, bool) {
	return func(r Round) (float64, bool) {
		if r.Drain == nil {
			return 0, false
		}
		return of(*r.Drain), true
	}
}

func ofLoop(of func(OpenLoop) float64) func(Round) (float64, bool) {
	return func(r Round) (float64, bool) {
		if r.OpenLoop == nil {
			return 0, false
		}
		return of(*r.OpenLoop), true
	}
}

// Names of measures.
const (
	JobsPerSecond = "jobsPerSecond"
	ContenderCPU  = "contenderCpuSecondsPer100k"
	NATSCPU       = "natsCpuSecondsPer100k"
	SandboxCPU    = "sandboxCpuSecondsPer100k"
	RSS           = "rssMiB"
	LongestGap    = "longestGapSeconds"
	P50           = "p50Ms"
	P90           = "p90Ms"
	P99           = "p99Ms"
	P999          = "p999Ms"
)

// Measures are all figures, in the order of a table.
func Measures() []Measure {
	return []Measure{
		{Name: JobsPerSecond, Title: "jobs/s", of: ofDrain(func(d Drain) float64 { return d.JobsPerSecond })},
		{Name: ContenderCPU, Title: "CPU s/100k", of: ofDrain(func(d Drain) float64 { return d.Contender.CPU })},
		{Name: NATSCPU, Title: "nats", of: func(r Round) (float64, bool) {
			if r.Drain == nil || r.Drain.NATS == nil {
				return 0, false
			}
			return r.Drain.NATS.CPU, true
		}},
		{Name: SandboxCPU, Title: "sandbox", of: ofDrain(func(d Drain) float64 { return d.Sandbox.CPU })},
		{Name: RSS, Title: "RSS MiB", of: ofDrain(func(d Drain) float64 { return d.Contender.RSS })},
		{Name: LongestGap, Title: "gap s", Worst: true, of: ofDrain(func(d Drain) float64 { return d.LongestGap })},
		{Name: P50, Title: "p50 ms", of: ofLoop(func(o OpenLoop) float64 { return o.P50 })},
		{Name: P90, Title: "p90 ms", of: ofLoop(func(o OpenLoop) float64 { return o.P90 })},
		{Name: P99, Title: "p99 ms", of: ofLoop(func(o OpenLoop) float64 { return o.P99 })},
		{Name: P999, Title: "p99.9 ms", of: ofLoop(func(o OpenLoop) float64 { return o.P999 })},
	}
}

// values are those of the rounds that have one.
func (m Measure) values(rounds []Round) []float64 {
	var values []float64
	for _, r := range rounds {
		if v, measured := m.of(r); measured {
			values = append(values, v)
		}
	}
	return values
}

// Summarize sums the rounds of each entry up, beside those of reference; "":
// there is none.
func Summarize(rounds []Round, entries []Entry, reference string) []Summary {
	var all []Summary
	for _, e := range entries {
		own := Of(rounds, e.Name)
		s := Summary{Entry: e.Name, Values: map[string]float64{}}
		for _, m := range Measures() {
			values := m.values(own)
			if len(values) == 0 {
				continue
			}
			s.Values[m.Name] = Median(values)
			if m.Worst {
				s.Values[m.Name] = slices.Max(values)
			}
			ratios := Ratios(values, m.values(Of(rounds, reference)))
			if e.Name != reference && len(ratios) > 0 {
				if s.Ratios == nil {
					s.Ratios = map[string]float64{}
				}
				s.Ratios[m.Name] = Median(ratios)
			}
		}
		for _, r := range own {
			if r.OpenLoop != nil {
				s.Times = append(s.Times, r.OpenLoop.Times...)
			}
		}
		slices.Sort(s.Times)
		all = append(all, s)
	}
	return all
}
