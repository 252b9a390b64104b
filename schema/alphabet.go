package schema

import "strconv"

// Ids and app ids go into subjects, message ids and ledger keys, so their
// alphabet is the one that is safe in all of them.
const wordAlphabet = "A-Z a-z 0-9 _ -"

func isWord(s string) bool {
	for i := range len(s) {
		if !isWordByte(s[i]) {
			return false
		}
	}
	return true
}

func isWordByte(c byte) bool {
	return isAlnum(c) || c == '_' || c == '-'
}

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// checkWord returns what is wrong with a required word of minimum to maximum
// characters.
func checkWord(s string, minimum, maximum int) string {
	if minimum <= len(s) && len(s) <= maximum && isWord(s) {
		return ""
	}
	rule := strconv.Itoa(minimum) + " to " + strconv.Itoa(maximum) + " characters of " + wordAlphabet
	if s == "" {
		return "is missing: give " + rule
	}
	return "must be " + rule
}

func checkOptionalWord(s string, maximum int) string {
	if s == "" {
		return ""
	}
	return checkWord(s, 1, maximum)
}

// checkReason returns what is wrong with a snake_case reason, which is a token
// of the dead letter's subject.
func checkReason(s string) string {
	if isReason(s) {
		return ""
	}
	return "must be 1 to 64 characters of a-z 0-9 _"
}

func isReason(s string) bool {
	for i := range len(s) {
		lower := 'a' <= s[i] && s[i] <= 'z'
		if !lower && !isDigit(s[i]) && s[i] != '_' {
			return false
		}
	}
	return s != "" && len(s) <= maxID
}
