package main

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

// A variable is one environment variable, read off the tags of settings.
type variable struct {
	name, field  string
	kind         string
	desc         string
	example      string
	defaultValue string
}

// variables lists all environment variables in the order of the settings.
func variables() []variable {
	return collect(reflect.ValueOf(defaultSettings()), "")
}

func collect(group reflect.Value, prefix string) (all []variable) {
	for i := range group.NumField() {
		field := group.Type().Field(i)
		name := field.Tag.Get("env")
		if name == "" {
			if group.Field(i).Kind() == reflect.Struct {
				all = append(all, collect(group.Field(i), field.Tag.Get("envPrefix"))...)
			}
			continue
		}
		all = append(all, variable{
			name: prefix + name, field: field.Name, kind: kindOf(field.Type),
			desc: field.Tag.Get("desc"), example: field.Tag.Get("example"),
			defaultValue: show(group.Field(i)),
		})
	}
	return all
}

// anyValue is a kind of which the description says what is valid.
const anyValue = "a valid value"

func kindOf(t reflect.Type) string {
	switch {
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return anyValue
	case t == reflect.TypeFor[time.Duration]():
		return "a duration"
	case t.Kind() == reflect.Int, t.Kind() == reflect.Int64:
		return "a whole number"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Float64:
		return "a number"
	case t.Kind() == reflect.Map && t.Elem().Kind() == reflect.Float64:
		return "a list of app=rate"
	case t.Kind() == reflect.Map:
		return "a list of status=class"
	}
	return anyValue
}

// show prints a default as a user would write it.
func show(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case redact.Secret:
		return ""
	case time.Duration:
		return short(value)
	case []string:
		return strings.Join(value, ",")
	}
	if v.Kind() == reflect.Map || v.IsZero() && v.Kind() == reflect.String {
		return ""
	}
	if home := dataDir(); v.Kind() == reflect.String && v.String() == home {
		return "~/.local/share/otpworker"
	}
	return strings.ToLower(fmt.Sprint(v.Interface()))
}

// short cuts the zero units that time.Duration prints: 1m0s is 1m.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
