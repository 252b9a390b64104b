package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxText is the longest text that is kept of an answer, in bytes: four times
// a template's 256 characters at their widest.
const maxText = 4096

var (
	errNoObject = errors.New("the answer holds no such thing")
	errOdd      = errors.New("the answer cannot be read in")
	errOtherID  = errors.New("the answer is about another id")
)

// fields is one object of an answer, read field by field. Strings do for
// numbers and numbers for strings; absent, null and "" are the same. What
// cannot be read is remembered in odd: settings that were not understood must
// never be written back.
type fields struct {
	path string
	raw  map[string]json.RawMessage
	odd  *[]string
}

// readObject takes an object, or an array of one.
func readObject(data json.RawMessage) (fields, error) {
	data = bytes.TrimSpace(data)
	if len(data) > 0 && data[0] == '[' {
		items, err := elements(data, 1)
		if err != nil || len(items) == 0 {
			return fields{odd: new([]string)}, errNoObject
		}
		data = bytes.TrimSpace(items[0])
	}
	f := fields{odd: new([]string)}
	if len(data) == 0 || data[0] != '{' || json.Unmarshal(data, &f.raw) != nil || len(f.raw) == 0 {
		return f, errNoObject
	}
	return f, nil
}

// err names the fields that could not be read, never what is in them.
func (f fields) err() error {
	if len(*f.odd) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", errOdd, strings.Join(*f.odd, ", "))
}

func (f fields) isOdd(name string) { *f.odd = append(*f.odd, f.path+name) }

func (f fields) text(name string) string { return f.bounded(name, maxText) }

func (f fields) id(name string) string { return f.bounded(name, maxID) }

func (f fields) bounded(name string, most int) string {
	raw := f.raw[name]
	if absent(raw) {
		return ""
	}
	var t text
	_ = t.UnmarshalJSON(raw)
	if t == "" || len(t) > most {
		f.isOdd(name)
		return ""
	}
	return string(t)
}

// channel is a short word in lower case, or none.
func (f fields) channel(name string) string {
	var c channel
	if raw := f.raw[name]; !absent(raw) {
		_ = c.UnmarshalJSON(raw)
	}
	return string(c)
}

// number reports false for what is absent or odd.
func (f fields) number(name string) (int64, bool) {
	raw := f.raw[name]
	if absent(raw) {
		return 0, false
	}
	var t text
	_ = t.UnmarshalJSON(raw)
	n, ok := parseNumber(strings.TrimSpace(string(t)))
	if !ok {
		f.isOdd(name)
	}
	return n, ok
}

func (f fields) integer(name string) int {
	n, _ := f.number(name)
	return int(n)
}

// flag takes true, 1 and both as text.
func (f fields) flag(name string) bool {
	raw := f.raw[name]
	if absent(raw) {
		return false
	}
	switch strings.ToLower(strings.Trim(string(raw), `"`)) {
	case "true", "1":
		return true
	case "false", "0":
	default:
		f.isOdd(name)
	}
	return false
}

// object reports false for what is absent, empty or odd. An empty array stands
// for an empty object in some languages.
func (f fields) object(name string) (fields, bool) {
	raw := f.raw[name]
	if absent(raw) || len(bytes.Trim(raw, "[]{} \t\r\n")) == 0 {
		return fields{}, false
	}
	inner := fields{path: f.path + name + ".", odd: f.odd}
	if json.Unmarshal(raw, &inner.raw) != nil {
		f.isOdd(name)
		return fields{}, false
	}
	return inner, true
}

// absent also holds for an empty text.
func absent(raw json.RawMessage) bool {
	return len(raw) == 0 || string(raw) == "null" || string(raw) == `""`
}

// parseNumber takes whole numbers in any notation: 10 billion may be written
// as 1.0E10.
func parseNumber(s string) (int64, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	const exact = 1 << 53
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || x != math.Trunc(x) || math.Abs(x) > exact {
		return 0, false
	}
	return int64(x), true
}
