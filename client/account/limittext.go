package account

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/otpworker/otpworker/client"
)

// limitOff is the text of a limit that is switched off.
const limitOff = "off"

// unitLetters are in the order of the provider's units, which begin at 1.
const unitLetters = "dhms"

var limitForm = regexp.MustCompile(`^(\d{1,11})/(\d{1,3})([dhms])$`)

// LimitText is a limit as a person writes it: 3/1m, 1000/24h, 10/7d, or off.
// nil is off, as by the provider's default.
func LimitText(l *client.Limit) string {
	switch {
	case l == nil || !l.Enabled:
		return limitOff
	case l.Unit < client.UnitDay || l.Unit > client.UnitSecond:
		return fmt.Sprintf("%d/%d %s", l.Limit, l.Period, l.Unit)
	}
	return fmt.Sprintf("%d/%d%c", l.Limit, l.Period, unitLetters[l.Unit-1])
}

// ParseLimit reads what LimitText writes: a number of sends, 1 to 10 billion,
// in 1 to 90 days, hours, minutes or seconds.
func ParseLimit(s string) (client.Limit, error) {
	if s == limitOff {
		return client.Limit{}, nil
	}
	parts := limitForm.FindStringSubmatch(s)
	if parts == nil {
		return client.Limit{}, fmt.Errorf("%q is not a limit such as 3/1m, 1000/24h or 10/7d, and not off", s)
	}
	limit, _ := strconv.ParseInt(parts[1], 10, 64) // the form admits digits only
	period, _ := strconv.Atoi(parts[2])
	l := client.Limit{
		Enabled: true, Limit: limit, Period: period,
		Unit: client.PeriodUnit(strings.Index(unitLetters, parts[3]) + 1),
	}
	var f faults
	within(&f, "sends", &l.Limit, 1, maxLimit)
	within(&f, "length of the period", &l.Period, 1, 90)
	if err := f.err(); err != nil {
		return client.Limit{}, fmt.Errorf("%q: %w", s, err)
	}
	return l, nil
}
