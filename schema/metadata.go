package schema

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Metadata is echoed in results and shown to operators, so it is small and
// cannot carry terminal escapes.
const (
	maxMetadata      = 16
	maxMetadataKey   = 64
	maxMetadataValue = 256
)

// checkMetadata leaves the keys out of its answer: they are the producer's
// words and may say anything.
func checkMetadata(m map[string]string) string {
	if len(m) > maxMetadata {
		return "must have at most 16 entries: keep the rest on your side, under the job's id"
	}
	for key, value := range m {
		switch {
		case key == "" || len(key) > maxMetadataKey:
			return "must have keys of 1 to 64 bytes"
		case len(value) > maxMetadataValue:
			return "must have values of at most 256 bytes"
		case !isPrintable(key) || !isPrintable(value):
			return "must be valid UTF-8 without control characters"
		}
	}
	return ""
}

func isPrintable(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}
