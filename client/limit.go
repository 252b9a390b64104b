package client

import (
	"fmt"
	"time"
)

// maxLimit is the provider's, and beyond 32 bits.
const maxLimit = 10_000_000_000

// maxPeriod is the longest period of a Limit, in its unit.
const maxPeriod = 90

// Limit is how many sends an app may make in a period. Unit, Period and Limit
// are required when it is enabled.
type Limit struct {
	Enabled bool       `json:"enabled"`
	Unit    PeriodUnit `json:"unit,omitempty"`

	// Period is the length of the period in units, 1 to 90.
	Period int `json:"period,omitempty"`

	// Limit is the number of sends in a period, 1 to 10,000,000,000.
	Limit int64 `json:"limit,omitempty"`
}

// PeriodUnit is the unit of a Limit's period.
type PeriodUnit int

const (
	UnitDay    PeriodUnit = 1
	UnitHour   PeriodUnit = 2
	UnitMinute PeriodUnit = 3
	UnitSecond PeriodUnit = 4
)

func (u PeriodUnit) String() string {
	switch u {
	case UnitDay:
		return "day"
	case UnitHour:
		return "hour"
	case UnitMinute:
		return "minute"
	case UnitSecond:
		return "second"
	}
	return fmt.Sprintf("unit %d", int(u))
}

func (u PeriodUnit) duration() time.Duration {
	switch u {
	case UnitDay:
		return 24 * time.Hour
	case UnitHour:
		return time.Hour
	case UnitMinute:
		return time.Minute
	case UnitSecond:
		return time.Second
	}
	return 0
}

// Duration is the length of the period; 0 if unit or period is outside the
// provider's ranges.
func (l Limit) Duration() time.Duration {
	if l.Period < 1 || l.Period > maxPeriod {
		return 0
	}
	return time.Duration(l.Period) * l.Unit.duration()
}

// check lets zeros pass in a limit that is switched off.
func (l *Limit) check(f *faults, name string) {
	if l == nil {
		return
	}
	within := (*faults).withinOrUnset
	if l.Enabled {
		within = (*faults).within
	}
	within(f, name+".unit", int64(l.Unit), int64(UnitDay), int64(UnitSecond))
	within(f, name+".period", int64(l.Period), 1, maxPeriod)
	within(f, name+".limit", l.Limit, 1, maxLimit)
}

func decodeLimit(f fields, name string) *Limit {
	inner, ok := f.object(name)
	if !ok {
		return nil
	}
	limit, _ := inner.number("limit")
	return &Limit{
		Enabled: inner.flag("enabled"),
		Unit:    PeriodUnit(inner.integer("unit")),
		Period:  inner.integer("period"),
		Limit:   limit,
	}
}
