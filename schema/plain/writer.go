package plain

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"
)

// A Writer writes one object, field by field, as encoding/json would without
// escaping for HTML. It is meant for a buffer that is used once.
type Writer struct{ buf []byte }

// Write begins an object in the given buffer, which may be nil.
func Write(buf []byte) Writer { return Writer{buf: append(buf, '{')} }

// End closes the object and returns the document.
func (w *Writer) End() []byte { return append(w.buf, '}') }

// name writes a field's name, which needs no escapes.
func (w *Writer) name(name string) {
	if w.buf[len(w.buf)-1] != '{' {
		w.buf = append(w.buf, ',')
	}
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, name...)
	w.buf = append(w.buf, '"', ':')
}

// String writes a field unless its value is empty.
func (w *Writer) String(name, value string) {
	if value != "" {
		w.name(name)
		w.buf = AppendString(w.buf, value)
	}
}

// Text writes a field, also an empty one.
func (w *Writer) Text(name, value string) {
	w.name(name)
	w.buf = AppendString(w.buf, value)
}

// Strings writes a field that is an object of strings, in the order of their
// names, unless it is empty.
func (w *Writer) Strings(name string, values map[string]string) {
	if len(values) == 0 {
		return
	}
	w.Object(name)
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if w.buf[len(w.buf)-1] != '{' {
			w.buf = append(w.buf, ',')
		}
		w.buf = append(AppendString(w.buf, key), ':')
		w.buf = AppendString(w.buf, values[key])
	}
	w.Close()
}

// Object begins a field that is an object: its fields follow until Close.
func (w *Writer) Object(name string) {
	w.name(name)
	w.buf = append(w.buf, '{')
}

// Close ends the object.
func (w *Writer) Close() { w.buf = append(w.buf, '}') }

// Int writes a field, also for 0.
func (w *Writer) Int(name string, n int64) {
	w.name(name)
	w.buf = strconv.AppendInt(w.buf, n, 10)
}

// Some writes a field unless it is 0.
func (w *Writer) Some(name string, n int64) {
	if n != 0 {
		w.Int(name, n)
	}
}

// Flag writes a field if it is true.
func (w *Writer) Flag(name string, set bool) {
	if set {
		w.name(name)
		w.buf = append(w.buf, "true"...)
	}
}

// Time writes a field, also for the zero time. The year must be one that RFC
// 3339 can write.
func (w *Writer) Time(name string, t time.Time) {
	w.name(name)
	w.buf = append(w.buf, '"')
	w.buf = t.AppendFormat(w.buf, time.RFC3339Nano)
	w.buf = append(w.buf, '"')
}

// Raw writes a field whose value is a document already.
func (w *Writer) Raw(name string, document []byte) {
	w.name(name)
	w.buf = append(w.buf, document...)
}

// AppendString appends a JSON string.
func AppendString(buf []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return appendEscaped(buf, s)
		}
	}
	buf = append(buf, '"')
	buf = append(buf, s...)
	return append(buf, '"')
}

func appendEscaped(buf []byte, s string) []byte {
	var quoted bytes.Buffer
	enc := json.NewEncoder(&quoted)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil { // a string always encodes
		return append(buf, `""`...)
	}
	return append(buf, bytes.TrimSuffix(quoted.Bytes(), []byte("\n"))...)
}
