package account

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// object is one mapping of a file, read key by key. What is null counts as left
// out.
type object struct {
	at     string // path with its dot, such as "templates[2]."
	values map[string]any
	known  *[]string // keys that were asked for
	faults *faults
}

// asObject takes nothing but a mapping.
func asObject(value any, at string, f *faults) (object, bool) {
	values, ok := value.(map[string]any)
	if !ok {
		f.add(at, "must be a mapping of keys to values")
		return object{}, false
	}
	if at != "" {
		at += "."
	}
	return object{at: at, values: values, known: new([]string), faults: f}, true
}

func (o object) get(key string) any {
	*o.known = append(*o.known, key)
	return o.values[key]
}

func (o object) wrong(key, problem string) { o.faults.add(o.at+key, problem) }

// text takes no number or boolean for a text: YAML has read it by then, and
// 0123 has become another id.
func (o object) text(key string) *string {
	value := o.get(key)
	if value == nil {
		return nil
	}
	s, ok := value.(string)
	if !ok {
		o.wrong(key, "must be a text: put it in quotes")
		return nil
	}
	return &s
}

// id is a text that is not empty, "" if it was left out.
func (o object) id(key string) string {
	s := o.text(key)
	if s == nil {
		return ""
	}
	if *s == "" {
		o.wrong(key, "is empty: leave it out, or give the id")
	}
	return *s
}

func (o object) flag(key string) *bool {
	value := o.get(key)
	if value == nil {
		return nil
	}
	b, ok := value.(bool)
	if !ok {
		o.wrong(key, "must be true or false")
		return nil
	}
	return &b
}

func whole[N ~int | ~int64](o object, key string) *N {
	value := o.get(key)
	if value == nil {
		return nil
	}
	number, ok := value.(json.Number)
	n, err := strconv.ParseInt(string(number), 10, 64)
	if !ok || err != nil || int64(N(n)) != n {
		o.wrong(key, "must be a whole number")
		return nil
	}
	return new(N(n))
}

// within is the mapping under a key.
func (o object) within(key string) (object, bool) {
	value := o.get(key)
	if value == nil {
		return object{}, false
	}
	return asObject(value, o.at+key, o.faults)
}

// each reads the list under a key, nil if it was left out. An element that is
// no mapping keeps its place, so that the others keep their paths.
func each[T any](o object, key string, read func(object) T) []T {
	value := o.get(key)
	if value == nil {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		o.wrong(key, "must be a list")
		return nil
	}
	items := make([]T, len(list))
	for i, element := range list {
		if inner, ok := asObject(element, fmt.Sprintf("%s%s[%d]", o.at, key, i), o.faults); ok {
			items[i] = read(inner)
			inner.end()
		}
	}
	return items
}

// end reports the keys that nobody asked for.
func (o object) end() {
	var strange []string
	for key := range o.values {
		if !slices.Contains(*o.known, key) {
			strange = append(strange, key)
		}
	}
	slices.Sort(strange)
	for _, key := range strange {
		o.wrong(key, "is not known here; known are "+strings.Join(*o.known, ", "))
	}
}
