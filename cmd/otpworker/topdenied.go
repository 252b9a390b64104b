package main

import (
	"errors"
	"regexp"
	"slices"
	"sync"

	"github.com/nats-io/nats.go"
)

// denials are the rights that the broker has refused, each once.
type denials struct {
	mu   sync.Mutex
	seen []string
}

// maxDenials bounds what is told of them.
const maxDenials = 8

// violation finds the deed and the subject in the broker's words: it tells them
// nowhere else.
var violation = regexp.MustCompile(`(?i)Permissions Violation for (Publish|Subscription) to "([^"]+)"`)

func (r *denials) add(err error) {
	if !errors.Is(err, nats.ErrPermissionViolation) {
		return
	}
	found := violation.FindStringSubmatch(err.Error())
	if found == nil {
		return
	}
	deed := map[string]string{"Publish": "publish to ", "Subscription": "subscribe to "}[found[1]] + found[2]
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(r.seen, deed) && len(r.seen) < maxDenials {
		r.seen = append(r.seen, deed)
	}
}

func (r *denials) list() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seen)
}
