package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/otpworker/otpworker/worker/batchfile"
)

// forecastText is what is said before a batch starts.
func forecastText(f batchfile.Forecast, lives map[int]int, now time.Time) string {
	var b strings.Builder
	if f.Queued > 0 {
		fmt.Fprintf(&b, "%d jobs are in front; ", f.Queued)
	}
	lasts, known := f.Lasts()
	if !known {
		b.WriteString("no rate is set: the end is not known")
		if f.Ahead > 0 {
			fmt.Fprintf(&b, "; at most %d rows wait in the queue", f.Ahead)
		}
		return b.String()
	}
	fmt.Fprintf(&b, "at %g/s it ends at %s (in %s); %d jobs would expire first", f.Rate, clockTime(now.Add(lasts), now), inWords(lasts), f.Expiring(lives))
	return b.String()
}

// clockTime is the time of day, with the day if that is another one.
func clockTime(t, now time.Time) string {
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04")
	}
	return t.Format("15:04 on 2006-01-02")
}

// inWords is a time as people say it: 42 s, 12 min 3 s, 2 h 46 min, 3 d 4 h.
func inWords(d time.Duration) string {
	d = d.Round(time.Second)
	days, hours := int(d/(24*time.Hour)), int(d/time.Hour)%24
	minutes, seconds := int(d/time.Minute)%60, int(d/time.Second)%60
	switch {
	case days > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case hours > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%d min %d s", minutes, seconds)
	}
	return fmt.Sprintf("%d s", seconds)
}
