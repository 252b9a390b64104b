package stats

import (
	"maps"
	"slices"
	"strings"
)

// Breakers merges the fleet's breakers that are not closed: a scope that several
// workers hold stands there once, since the first of them and until the last.
func (o *Overview) Breakers() []HeldScope {
	held := map[string]HeldScope{}
	for _, s := range o.Workers {
		for _, b := range s.Breakers {
			if b.Closed() {
				continue
			}
			key := string(b.Scope) + " " + b.AppID
			h, ok := held[key]
			if !ok {
				h.Breaker = b
			}
			h.Workers++
			if b.Since.Before(h.Since) {
				h.Since = b.Since
			}
			if b.Until.After(h.Until) {
				h.Until = b.Until
			}
			held[key] = h
		}
	}
	return slices.SortedFunc(maps.Values(held), func(a, b HeldScope) int {
		if rank(a) != rank(b) {
			return rank(a) - rank(b)
		}
		if c := a.Since.Compare(b.Since); c != 0 {
			return c
		}
		return strings.Compare(a.AppID, b.AppID)
	})
}

// A HeldScope is a breaker that is not closed, and with how many workers.
type HeldScope struct {
	Breaker
	Workers int `json:"workers"`
}

// rank puts what stops most first.
func rank(h HeldScope) int {
	return slices.Index([]string{"provider", "account", "app"}, string(h.Scope))
}
