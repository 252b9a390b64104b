package main

import (
	"reflect"
	"slices"
	"strings"

	"github.com/otpworker/otpworker/client"
)

// providerSettings reads what the provider's client needs and nothing else: a
// fault in a variable of the queue or the worker is no matter here.
func providerSettings(environ []string) (cfg client.Config, warnings []string, err error) {
	names := []string{}
	for _, v := range collect(reflect.ValueOf(client.DefaultConfig()), envPrefix) {
		names = append(names, v.name)
	}
	for _, name := range secretNames {
		if slices.Contains(names, name) {
			names = append(names, name+"_FILE")
		}
	}
	var ours []string
	all := map[string]string{}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		all[name] = value
		if slices.Contains(names, name) {
			ours = append(ours, kv)
		}
	}
	s, _, err := loadSettings(ours)
	return s.Provider, unread(all), err
}
