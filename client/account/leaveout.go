package account

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/otpworker/otpworker/client"
)

// leaveOut takes out of an exported file what Decode would refuse, so that the
// rest can be used: what the provider holds need not be within its documented
// ranges. It returns what it took, by the thing and its field, such as
// "template 1001: codeLength".
func (file *File) leaveOut() []client.Fault {
	var f faults
	file.check(&f)
	var left []client.Fault
	file.Apps = leaveOut(file.Apps, f, "apps", func(a App) string { return KindApp + " " + a.AppID }, &left)
	file.Templates = leaveOut(file.Templates, f, "templates", func(t Template) string { return KindTemplate + " " + t.TemplateID }, &left)
	file.Flows = leaveOut(file.Flows, f, "flows", func(w Flow) string { return KindFlow + " " + w.FlowID }, &left)
	return left
}

// leaveOut clears the fields that have a fault. An entry whose id has one is
// left out as a whole: without it, it would stand for something else.
func leaveOut[T any](entries []T, f faults, list string, label func(T) string, left *[]client.Fault) []T {
	var kept []T
	for i, entry := range entries {
		at := fmt.Sprintf("%s[%d]", list, i)
		name, usable := label(entry), true
		for _, fault := range f {
			if !isWithin(fault.Field, at) {
				continue
			}
			field := strings.TrimPrefix(strings.TrimPrefix(fault.Field, at), ".")
			*left = append(*left, client.Fault{Field: strings.TrimSuffix(name+": "+field, ": "), Problem: fault.Problem})
			usable = usable && unset(&entry, field)
		}
		if usable {
			kept = append(kept, entry)
		}
	}
	return kept
}

// unset clears the field of an entry that a path leads into, and reports false
// for the entry's own id.
func unset(entry any, path string) bool {
	field, _, _ := strings.Cut(path, ".")
	field, _, _ = strings.Cut(field, "[")
	v := reflect.ValueOf(entry).Elem()
	own := jsonName(v.Type().Field(0)) // each kind's id comes first
	if field == "" || field == own {
		return false
	}
	fields := reflect.VisibleFields(v.Type())
	i := slices.IndexFunc(fields, func(f reflect.StructField) bool { return jsonName(f) == field })
	if i >= 0 {
		v.Field(i).SetZero()
	}
	return i >= 0
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}
