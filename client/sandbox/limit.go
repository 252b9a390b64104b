package sandbox

import "time"

// limit is a period limit of an app.
type limit struct {
	Enabled bool  `json:"enabled"`
	Unit    int   `json:"unit,omitempty"`
	Period  int   `json:"period,omitempty"`
	Limit   int64 `json:"limit,omitempty"`
}

const (
	maxPeriod = 90
	maxLimit  = 10_000_000_000
)

// unitOf is what the units mean.
var unitOf = map[int]time.Duration{1: 24 * time.Hour, 2: time.Hour, 3: time.Minute, 4: time.Second}

// valid wants a unit, a period and a limit only of what is switched on.
func (l limit) valid() bool {
	return !l.Enabled || unitOf[l.Unit] > 0 && l.Period >= 1 && l.Period <= maxPeriod && l.Limit >= 1 && l.Limit <= maxLimit
}

func (l limit) length() time.Duration { return time.Duration(l.Period) * unitOf[l.Unit] }

// window is one period of a limit. It begins with the first message and is
// over one period later; the next message begins the next. How the provider
// lays its periods is not documented.
type window struct {
	start time.Time
	count int64
}

func (w window) over(l limit, now time.Time) bool { return !now.Before(w.start.Add(l.length())) }

func (w window) allows(l limit, now time.Time) bool {
	return !l.Enabled || w.over(l, now) || w.count < l.Limit
}

func (w *window) tally(l limit, now time.Time) {
	if !l.Enabled {
		return
	}
	if w.over(l, now) {
		*w = window{start: now}
	}
	w.count++
}
