package client

import (
	"encoding/json"
	"strconv"
)

// appendString appends s as a JSON string. Ids, codes and numbers need no
// escaping, which spares the reflection of a whole document.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return appendEscaped(b, s)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

func appendEscaped(b []byte, s string) []byte {
	quoted, err := json.Marshal(s)
	if err != nil { // a string always marshals
		return append(b, `""`...)
	}
	return append(b, quoted...)
}

func appendInt(b []byte, n int64) []byte { return strconv.AppendInt(b, n, 10) }
