package sandbox

import (
	"fmt"
	"strconv"
	"strings"
)

// Amount is money in ten-thousandths: 125 is 0.0125. As a text it is a decimal
// such as "12.50".
type Amount int64

const amountUnit = 10_000

// String has two decimals, or four if it needs them.
func (a Amount) String() string {
	sign := ""
	if a < 0 {
		sign, a = "-", -a
	}
	if a%100 == 0 {
		return fmt.Sprintf("%s%d.%02d", sign, a/amountUnit, a%amountUnit/100)
	}
	return fmt.Sprintf("%s%d.%04d", sign, a/amountUnit, a%amountUnit)
}

// MarshalText writes String.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads digits with at most four decimals, from 0 to a billion.
func (a *Amount) UnmarshalText(text []byte) error {
	whole, part, _ := strings.Cut(string(text), ".")
	n, err := strconv.ParseUint(whole+(part + "0000")[:4], 10, 64)
	if err != nil || whole == "" || len(part) > 4 || n > 1e9*amountUnit {
		return fmt.Errorf("%q is no amount such as 12.50", text)
	}
	*a = Amount(n)
	return nil
}
