package sandbox

import (
	"fmt"
	"time"
)

// Ids the sandbox makes: with maxItems of each kind the ranges do not meet.
const (
	firstTemplateID = 1001
	firstFlowID     = 2001
)

// account is what was configured: apps, templates, flows and money. Unless it
// is strict it is open: every id stands for something, and to update an id
// that was never added adds it, since nothing else lets a person choose one.
type account struct {
	strict    bool
	apps      shelf[string, *app]
	templates shelf[int64, *template]
	flows     shelf[int64, *flow]
	balance   *Amount // nil: without end
	opened    time.Time
	openApp   app // stands for an app that was never added
}

func newAccount(cfg Config, now time.Time) account {
	a := account{
		strict: cfg.Strict, opened: now,
		apps: newShelf[string, *app](), templates: newShelf[int64, *template](), flows: newShelf[int64, *flow](),
	}
	a.openApp = newApp("", appRequest{}, now)
	if cfg.Balance != nil {
		a.balance = new(*cfg.Balance)
	}
	return a
}

// knows reports whether every id of a send stands for something here.
func (a *account) knows(send Send) bool {
	if !a.strict {
		return true
	}
	_, appKnown := a.apps.get(send.AppID)
	t, templateKnown := a.templates.get(send.TemplateID)
	_, flowKnown := a.flows.get(send.FlowID)
	return appKnown &&
		(send.TemplateID == 0 || templateKnown && t.AppID == send.AppID) &&
		(send.FlowID == 0 || flowKnown)
}

// appOrOpen returns the app that is obeyed for an id.
func (a *account) appOrOpen(id string) *app {
	if known, ok := a.apps.get(id); ok {
		return known
	}
	return &a.openApp
}

func (a *account) templateOrPlain(id int64) *template {
	if known, ok := a.templates.get(id); ok {
		return known
	}
	return &plainTemplate
}

// newAppID returns the next readable id that nobody has chosen.
func (a *account) newAppID() string {
	for n := len(a.apps.order) + 1; ; n++ {
		id := fmt.Sprintf("app%04d", n)
		if _, taken := a.apps.get(id); !taken {
			return id
		}
	}
}

// newNumber is newAppID for ids that are numbers.
func newNumber[V any](s *shelf[int64, V], first int64) int64 {
	for n := first + int64(len(s.order)); ; n++ {
		if _, taken := s.get(n); !taken {
			return n
		}
	}
}

// pay takes a price off the balance.
func (a *account) pay(price Amount) bool {
	if a.balance == nil {
		return true
	}
	if *a.balance < price {
		return false
	}
	*a.balance -= price
	return true
}
