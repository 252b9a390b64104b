package telemetry

import "strings"

// A phone number has 10 to 14 digits in a job; with two zeros before it, 16.
const (
	minPhone = 10
	maxPhone = 16
)

const mask = "***"

// maskText replaces what looks like a phone number in a text by *** and its last
// four digits: a run of 10 to 16 digits that stands for itself, and after a plus
// one with separators too. Without the plus those would be times and addresses.
func maskText(s string) string {
	if !mayHold(s) || isUUID(s) {
		return s
	}
	var b strings.Builder
	done := 0
	for i := 0; i < len(s); {
		if !isDigit(s[i]) || i > 0 && isWord(s[i-1]) && !afterPlus(s[:i]) {
			i++
			continue
		}
		end, digits := runOf(s, i, afterPlus(s[:i]))
		if digits >= minPhone && digits <= maxPhone && (end == len(s) || !isWord(s[end])) {
			b.WriteString(s[done:i] + mask + lastFour(s[i:end]))
			done = end
		}
		i = end
	}
	return b.String() + s[done:]
}

// mayHold is a quick look: most texts have no ten digits.
func mayHold(s string) bool {
	digits := 0
	for i := range len(s) {
		if isDigit(s[i]) {
			digits++
		}
	}
	return digits >= minPhone
}

// afterPlus: a URL has %2B for it.
func afterPlus(before string) bool {
	return strings.HasSuffix(before, "+") || strings.HasSuffix(before, "%2B") || strings.HasSuffix(before, "%2b")
}

// runOf counts the digits from start on, and says where they end.
func runOf(s string, start int, separated bool) (end, digits int) {
	for i := start; i < len(s); i++ {
		switch {
		case isDigit(s[i]):
			end, digits = i+1, digits+1
		case !separated || !isSeparator(s[i]):
			return end, digits
		}
	}
	return end, digits
}

func lastFour(s string) string {
	last := ""
	for i := len(s) - 1; i >= 0 && len(last) < 4; i-- {
		if isDigit(s[i]) {
			last = s[i:i+1] + last
		}
	}
	return last
}

// isUUID: one in 300 ends in twelve digits.
func isUUID(s string) bool {
	return len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-'
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// isSeparator: people write +49 (176) 9876-5432.
func isSeparator(b byte) bool { return strings.IndexByte(" -.()/", b) >= 0 }

func isWord(b byte) bool {
	return b == '_' || isDigit(b) || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// Mask is s with what looks like a phone number replaced by *** and its last four
// digits, for other places that show what a caller made up: some put the number
// into an id.
func Mask(s string) string { return maskText(s) }
