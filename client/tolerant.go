package client

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// The types below read what the provider may send for a field where its pages
// disagree about the type. None of them ever fails: one odd field must not
// make an accepted send look like a lost one.

// text is a string, or a number as it was written: ids do not fit in 64 bits.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	*t = ""
	switch c := data[0]; {
	case c == '"':
		var s string
		if json.Unmarshal(data, &s) == nil {
			*t = text(s)
		}
	case c == '-' || (c >= '0' && c <= '9'):
		*t = text(data)
	}
	return nil
}

// integer is a number, or a string that holds one; set tells 0 from absent.
type integer struct {
	n   int
	set bool
}

func (i *integer) UnmarshalJSON(data []byte) error {
	var t text
	_ = t.UnmarshalJSON(data)
	n, err := strconv.Atoi(strings.TrimSpace(string(t)))
	*i = integer{n: n, set: err == nil}
	return nil
}

// channel is a short word in lower case. Anything else reads as none, so that
// it can be logged.
type channel string

func (c *channel) UnmarshalJSON(data []byte) error {
	var t text
	_ = t.UnmarshalJSON(data)
	*c = word(string(t))
	return nil
}

func word(s string) channel {
	s = strings.ToLower(s)
	if len(s) > 16 || strings.IndexFunc(s, notLetter) >= 0 {
		return ""
	}
	return channel(s)
}

func notLetter(r rune) bool { return r < 'a' || r > 'z' }

// listOf is an array, or a single object in place of one. Nulls are left out.
type listOf[T any] []T

func (l *listOf[T]) UnmarshalJSON(data []byte) error {
	*l = nil
	switch data[0] {
	case '[':
		var items []*T
		if json.Unmarshal(data, &items) != nil {
			items = nil
		}
		for _, item := range items {
			if item != nil {
				*l = append(*l, *item)
			}
		}
	case '{':
		var item T
		if len(bytes.Trim(data, "{} \t\r\n")) > 0 && json.Unmarshal(data, &item) == nil {
			*l = listOf[T]{item}
		}
	}
	return nil
}

// decodeObject fills v from an object or from the first element of an array,
// and leaves it alone for null, nothing and anything else.
func decodeObject(data json.RawMessage, v any) {
	data = bytes.TrimSpace(data)
	if len(data) > 0 && data[0] == '[' {
		var items []json.RawMessage
		if json.Unmarshal(data, &items) != nil || len(items) == 0 {
			return
		}
		data = items[0]
	}
	if len(data) > 0 && data[0] == '{' {
		// The syntax was checked with the envelope, and no field's type fails.
		_ = json.Unmarshal(data, v)
	}
}
