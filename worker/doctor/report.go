package doctor

import "slices"

// A State is how a check ended.
type State string

// The states, from good to bad.
const (
	OK   State = "ok"
	Warn State = "warn"
	Fail State = "fail"
)

// An Area is what a check is about.
type Area string

const (
	AreaConfig   Area = "config"
	AreaBroker   Area = "broker"
	AreaProvider Area = "provider"
)

// A Check is one line of a report. It holds no secret.
type Check struct {
	Area  Area   `json:"area"`
	Name  string `json:"name"`
	State State  `json:"state"`
	// Detail is what was found.
	Detail string `json:"detail"`
	// Mend is what to do about it; empty if all is well.
	Mend string `json:"mend,omitempty"`
}

// A Report is a list of checks.
type Report []Check

// State is the worst of all checks.
func (r Report) State() State {
	worst := OK
	for _, c := range r {
		if c.State == Fail || c.State == Warn && worst == OK {
			worst = c.State
		}
	}
	return worst
}

// Of is the part of a report about the areas.
func (r Report) Of(areas ...Area) Report {
	var part Report
	for _, c := range r {
		if slices.Contains(areas, c.Area) {
			part = append(part, c)
		}
	}
	return part
}

// In is the part of a report that ended in a state.
func (r Report) In(state State) Report {
	var part Report
	for _, c := range r {
		if c.State == state {
			part = append(part, c)
		}
	}
	return part
}

// MendAt is the mend to print below the check at i: of several in a row that
// have one mend, the last.
func (r Report) MendAt(i int) string {
	if i+1 < len(r) && r[i+1].Mend == r[i].Mend {
		return ""
	}
	return r[i].Mend
}
