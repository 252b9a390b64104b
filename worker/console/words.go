package console

import (
	"errors"
	"fmt"
	"html/template"
	"math"
	"time"

	"github.com/otpworker/otpworker/worker/queue"
	"github.com/otpworker/otpworker/worker/telemetry"
)

// words are what templates can say.
var words = template.FuncMap{
	"asset":     func(name string) string { return assets[name].path },
	"zone":      func(t time.Time) string { return t.Format("MST") },
	"clock":     clock,
	"stamp":     stamp,
	"stampms":   func(t time.Time) string { return stamp(t) + t.Format(".000") },
	"ms":        milliseconds,
	"span":      span,
	"plural":    plural,
	"number":    func(n uint64) string { return number(float64(n)) },
	"until":     func(end, now time.Time) string { return span(end.Sub(now)) },
	"dash":      orDash,
	"forbidden": func(err error) bool { return errors.Is(err, queue.ErrForbidden) },
	"mask":      telemetry.Mask,
}

// clock is the time of day, in the zone that the page tells times in.
func clock(t time.Time) string { return t.Local().Format(time.TimeOnly) }

// stamp is clock with the day in front if that is not today.
func stamp(t time.Time) string {
	t = t.Local()
	if now := time.Now(); now.YearDay() == t.YearDay() && now.Year() == t.Year() {
		return t.Format(time.TimeOnly)
	}
	return t.Format(time.DateTime)
}

// milliseconds is a duration in words: 12 ms, 3.4 s, 5 min, 2 h 10 min.
func milliseconds(n int64) string { return span(time.Duration(n) * time.Millisecond) }

func span(d time.Duration) string {
	d = max(0, d)
	switch {
	case d > 0 && d < time.Millisecond:
		return "< 1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return at1(d.Seconds()) + " s"
	case d < time.Hour:
		return two(int(d.Minutes()), "min", int(d.Seconds())%60, "s")
	case d < 48*time.Hour:
		return two(int(d.Hours()), "h", int(d.Minutes())%60, "min")
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// two leaves the smaller unit out where there is none of it.
func two(n int, unit string, rest int, smaller string) string {
	if rest == 0 {
		return fmt.Sprintf("%d %s", n, unit)
	}
	return fmt.Sprintf("%d %s %d %s", n, unit, rest, smaller)
}

// plural is a number with what it counts.
func plural(n any, word string) string {
	if s := fmt.Sprint(n); s != "1" {
		return s + " " + word + "s"
	}
	return "1 " + word
}

// orText is other where there is no text.
func orText(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func orDash(s string) string { return orText(s, "–") }

// pluralWith is plural for a word whose plural is another.
func pluralWith(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// rate is that of a minute; a low one would be a long row of zeros by the second.
func rate(inMinute uint64) string {
	if inMinute < 60 {
		return fmt.Sprintf("%d/min", inMinute)
	}
	return fmt.Sprintf("%.1f/s", float64(inMinute)/60)
}

// share is n of all in percent, rounded down: 100 % is all of them.
func share(n, all uint64) string {
	if all == 0 {
		return ""
	}
	return at1(math.Floor(1000*float64(n)/float64(all))/10) + " %"
}
