package stats

import (
	"fmt"
	"time"

	"github.com/otpworker/otpworker/schema"
)

// Throughput is what the fleet did in each of the last 300 seconds.
func (o *Overview) Throughput() Seconds {
	sum := Seconds{From: o.At.Truncate(time.Second).Add(-(ringSeconds - 1) * time.Second)}
	columns := sum.columns()
	for _, column := range columns {
		*column = make([]uint32, ringSeconds)
	}
	for _, w := range o.Workers {
		if w.Seconds == nil {
			continue
		}
		late := int(w.Seconds.From.Unix() - sum.From.Unix())
		for kind, column := range w.Seconds.columns() {
			for i, n := range *column {
				if at := late + i; at >= 0 && at < ringSeconds {
					(*columns[kind])[at] += n
				}
			}
		}
	}
	return sum
}

func (s *Seconds) columns() [kinds]*[]uint32 {
	return [kinds]*[]uint32{&s.Taken, &s.Sent, &s.Rejected, &s.Expired, &s.Unknown, &s.Invalid}
}

// Age is the lane's slowest worker's of the last minute: the fleet's percentiles
// are not above it. Count is the fleet's.
func (o *Overview) Age(lane schema.Lane) (most Percentiles) {
	for _, w := range o.Workers {
		a := w.Age[lane].LastMinute
		most.Count += a.Count
		most.P50MS, most.P90MS, most.P99MS = max(most.P50MS, a.P50MS), max(most.P90MS, a.P90MS), max(most.P99MS, a.P99MS)
	}
	return most
}

// InHand is how many jobs the fleet works on.
func (o *Overview) InHand() (n int) {
	for _, w := range o.Workers {
		n += w.InHand
	}
	return n
}

// Waits is what keeps jobs waiting beside breakers.
type Waits struct {
	// SlowMS is how much longer the provider has asked all to wait.
	SlowMS int64
	// RateShort says that jobs wait for a rate: the account's, Rate sends per second
	// if there is one, or that of one of LimitedApps.
	RateShort   bool
	Rate        float64
	LimitedApps int
	// Calls is how many calls may be out at once now, MostCalls without trouble.
	Calls, MostCalls int
	// PausedBatches counts the batches that are paused.
	PausedBatches int
	// Aside counts jobs that were given back to the queue since the start, by
	// reason.
	Aside map[string]uint64
}

// Waits is what keeps jobs waiting beside [Overview.Breakers].
func (o *Overview) Waits() Waits {
	sum := Waits{Aside: map[string]uint64{}}
	for _, w := range o.Workers {
		sum.SlowMS, sum.PausedBatches = max(sum.SlowMS, w.SlowMS), max(sum.PausedBatches, w.PausedBatches)
		sum.Calls, sum.MostCalls = sum.Calls+w.Calls, sum.MostCalls+w.MostCalls
		if w.RateShort {
			sum.RateShort, sum.Rate, sum.LimitedApps = true, max(sum.Rate, w.Rate), max(sum.LimitedApps, w.LimitedApps)
		}
		for reason, n := range w.Aside {
			sum.Aside[reason] += n
		}
	}
	return sum
}

// RateWords names the rate that jobs wait for; "" if they do not.
func (w Waits) RateWords() string {
	const own = "an app's own"
	account := fmt.Sprintf("%v sends per second", w.Rate)
	switch {
	case !w.RateShort:
		return ""
	case w.Rate == 0:
		return own
	case w.LimitedApps == 0:
		return account
	}
	return account + ", or " + own
}
