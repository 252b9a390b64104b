package account

import (
	"context"
	"fmt"

	"github.com/otpworker/otpworker/client"
)

// Plan is what has to be done to make an account as a file says, in the order
// in which it is done: apps, templates, flows.
type Plan struct{ Changes []Change }

// Action is what a change does.
type Action string

const (
	Create Action = "create"
	Update Action = "update"
)

// Change is one thing to make or to update.
type Change struct {
	Kind   string `json:"kind"` // KindApp, KindTemplate or KindFlow
	Action Action `json:"action"`

	// ID is "" for what is to be made.
	ID string `json:"id,omitempty"`

	// Name is the one it has in the account, or is to get.
	Name string `json:"name,omitempty"`

	// At is where the file says so, such as "templates[2]".
	At string `json:"at,omitempty"`

	// Differences are never none.
	Differences []Difference `json:"differences"`

	make func(context.Context) result
}

// Compare reads what the file names from the account and returns what has to be
// done. It changes nothing. The error is an *InvalidError for all faults of the
// file at once, before any call or, for ids that the provider does not know and
// the like, after reading; else it is one of a call.
func Compare(ctx context.Context, c *client.Client, file File) (Plan, error) {
	if err := file.Validate(); err != nil {
		return Plan{}, err
	}
	var p Plan
	var f faults
	if err := p.compare(ctx, c, file, &f); err != nil {
		return Plan{}, err
	}
	if err := f.err(); err != nil {
		return Plan{}, err
	}
	return p, nil
}

func (p *Plan) compare(ctx context.Context, c *client.Client, file File, f *faults) error {
	changes, err := apps(c).compare(ctx, appEntries(file.Apps), f)
	if err != nil {
		return err
	}
	p.Changes = append(p.Changes, changes...)
	if changes, err = templates(c).compare(ctx, templateEntries(file.Templates), f); err != nil {
		return err
	}
	if err := checkApps(ctx, c, file.Templates, changes, f); err != nil {
		return err
	}
	p.Changes = append(p.Changes, changes...)
	if changes, err = flows(c).compare(ctx, flowEntries(file.Flows), f); err != nil {
		return err
	}
	p.Changes = append(p.Changes, changes...)
	return nil
}

// entry is one thing of a file.
type entry[T any] struct {
	at       string
	id, name string // "" where the file gives none
	over     func(T) T
	fit      func(f *faults, at string, merged T)
}

func appEntries(list []App) (entries []entry[client.App]) {
	for i, a := range list {
		entries = append(entries, entry[client.App]{fmt.Sprintf("apps[%d]", i), a.AppID, value(a.Name), a.over, a.fit})
	}
	return entries
}

func templateEntries(list []Template) (entries []entry[client.Template]) {
	for i, t := range list {
		entries = append(entries, entry[client.Template]{fmt.Sprintf("templates[%d]", i), t.TemplateID, value(t.Name), t.over, t.fit})
	}
	return entries
}

func flowEntries(list []Flow) (entries []entry[client.Flow]) {
	for i, w := range list {
		entries = append(entries, entry[client.Flow]{fmt.Sprintf("flows[%d]", i), w.FlowID, value(w.Name), w.over, w.fit})
	}
	return entries
}
