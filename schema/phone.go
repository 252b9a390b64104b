package schema

// checkPhone never says more about the number than its shape.
func checkPhone(to string) string {
	switch {
	case to == "":
		return "is missing: give country code and number, 10 to 14 digits"
	case to[0] == '+':
		return "must be digits only: drop the +"
	case !isDigits(to):
		return "must be digits only: drop spaces, brackets and dashes"
	case to[0] == '0':
		return "must start with the country code: drop the leading zeros and put it in front"
	case len(to) < minPhone || len(to) > maxPhone:
		return "must be 10 to 14 digits: country code and number"
	}
	return ""
}

func isDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}
