package plain_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/otpworker/otpworker/schema/plain"
)

// read reads a document of strings, numbers and objects of them, flattened.
func read(r *plain.Reader, path string, into map[string]string) {
	for name, ok := r.Next(); ok; name, ok = r.Next() {
		raw := r.Raw()
		if strings.HasPrefix(raw, "{") {
			inner := plain.Read(raw)
			read(&inner, path+name+".", into)
			if !inner.Done() {
				r.Odd()
			}
			continue
		}
		into[path+name] = strings.Trim(raw, `"`)
	}
}

func TestReader(t *testing.T) {
	for doc, want := range map[string]map[string]string{
		`{}`:                           {},
		" {\t}\r\n":                    {},
		`{"a":"b"}`:                    {"a": "b"},
		`{"a" : "b" , "c": 1}`:         {"a": "b", "c": "1"},
		`{"a":{"b":-12,"c":{}},"d":0}`: {"a.b": "-12", "d": "0"},
	} {
		r, got := plain.Read(doc), map[string]string{}
		read(&r, "", got)
		if !r.Done() || !maps.Equal(got, want) {
			t.Errorf("%s: got %v, done %v", doc, got, r.Done())
		}
	}
	for _, doc := range []string{
		"", "null", "[]", `"a"`, "{", "}", `{"a"}`, `{"a":}`, `{"a":1,}`, `{,"a":1}`, `{"a":1 "b":2}`, `{"a":1}}`, `{"a":1} x`,
		`{"a":01}`, `{"a":-0}`, `{"a":-}`, `{"a":1.5}`, `{"a":1e3}`, `{"a":` + strings.Repeat("1", 41) + `}`, `{"a":true}`, `{"a":null}`, `{"a":[1]}`,
		`{"a":"b`, `{"a":"b\n"}`, "{\"a\":\"\x01\"}", "{\"a\":\"é\"}", `{a:1}`, `{"a":1x}`,
		strings.Repeat(`{"a":`, 20) + "1" + strings.Repeat("}", 20),
	} {
		r := plain.Read(doc)
		read(&r, "", map[string]string{})
		if r.Done() {
			t.Errorf("%s is plain", doc)
		}
	}
}

func TestReaderNumbers(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "7": 7, "-7": -7, "123456789012345678": 123456789012345678} {
		r := plain.Read(`{"n":` + text + `}`)
		r.Next()
		if got := r.Int(); got != want || !r.Plain() {
			t.Errorf("%s reads as %d", text, got)
		}
	}
	r := plain.Read(`{"id":22206051443051000003}`)
	r.Next()
	if got := r.Text(); got != "22206051443051000003" || !r.Plain() {
		t.Errorf("a long id reads as %q", got)
	}
	r = plain.Read(`{"id":22206051443051000003}`)
	r.Next()
	if r.Int(); r.Plain() {
		t.Error("a number beyond 64 bits is plain")
	}
}

// What is plain is valid, and means the same to encoding/json.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{`{"a":"b","c":{"d":-1}}`, `{"a":1,"a":2}`, ` { "x" : { } } `, `{"a":1,}`, `{"a":{"b":1}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		r, got := plain.Read(doc), map[string]string{}
		read(&r, "", got)
		if !r.Done() {
			return
		}
		var fields map[string]any
		d := json.NewDecoder(strings.NewReader(doc))
		d.UseNumber()
		if err := d.Decode(&fields); err != nil || d.More() {
			t.Fatalf("%q is plain to us, and %v", doc, err)
		}
		for name, value := range fields {
			text, number := value.(string)
			if n, ok := value.(json.Number); ok {
				text, number = n.String(), true
			}
			if number && got[name] != text {
				t.Fatalf("%q: %s is %q, encoding/json says %q", doc, name, got[name], text)
			}
		}
	})
}
