package sandbox

import "time"

// The verdicts of matched (provider page: /api/otp/verificationVerify). The
// record pages know the first five.
const (
	matchedNotVerified = -1
	matchedVerified    = 0
	matchedSending     = 1
	matchedWrong       = 2
	matchedNoSuchID    = 3
	matchedUsed        = 4
	matchedExpired     = 5
)

// try judges a code; what it finds is kept. Which verdict comes first if
// several fit is not documented: it is the order of the cases.
func (v *verification) try(code string, now time.Time) int {
	arrived, sending := v.arrived(now)
	switch {
	case v.verified():
		return matchedUsed
	case v.expired(now):
		return matchedExpired
	case sending:
		return matchedSending
	case !arrived:
		return matchedNotVerified
	case code != v.Code.Reveal():
		v.wrong = true
		return matchedWrong
	}
	v.verifiedAt = now
	return matchedVerified
}

// matched is what a record shows.
func (v *verification) matched(now time.Time) int {
	_, sending := v.arrived(now)
	switch {
	case v.verified():
		return matchedVerified
	case sending:
		return matchedSending
	case v.wrong:
		return matchedWrong
	}
	return matchedNotVerified
}
