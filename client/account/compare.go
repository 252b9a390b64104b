package account

import (
	"context"
	"fmt"
	"slices"
)

// compare returns what has to be done for the entries of one kind, in their
// order. Faults are of the file; the error is a call's.
func (k kind[T]) compare(ctx context.Context, entries []entry[T], f *faults) ([]Change, error) {
	names, err := k.names(ctx, entries)
	if err != nil {
		return nil, err
	}
	var changes []Change
	matched := map[string]string{} // where, by id
	for _, e := range entries {
		if e.id == "" {
			e.id = names.owner(e.name)
		}
		k.once(matched, e, f)
		before, known, err := k.read(ctx, e, f)
		if err != nil {
			return nil, err
		}
		if !known {
			continue
		}
		after := e.over(before)
		e.fit(f, e.at, after)
		names.give(f, k.word, e.at, e.id, e.name)
		if differ := differences(k.fields(before), k.fields(after)); len(differ) > 0 || e.id == "" {
			changes = append(changes, k.change(e, differ, before, after))
		}
	}
	return changes, nil
}

// once finds a second entry for one thing, one by its id and one by its name.
func (k kind[T]) once(matched map[string]string, e entry[T], f *faults) {
	if first := matched[e.id]; first != "" && e.id != "" {
		f.add(e.at, fmt.Sprintf("is %s %s, as %s is", k.word, e.id, first))
	}
	matched[e.id] = e.at
}

// read returns the zero value for what is to be made, and false for an id that
// the provider does not know. It asks for the details even of what was listed:
// whether a list is complete is not documented, and a setting that was not read
// would be lost with the update.
func (k kind[T]) read(ctx context.Context, e entry[T], f *faults) (before T, known bool, err error) {
	if e.id == "" {
		return before, true, nil
	}
	before, err = k.details(ctx, e.id)
	switch {
	case isUnknownID(err):
		f.add(e.at, fmt.Sprintf("the provider knows no %s %s: %v", k.word, e.id, err))
		return before, false, nil
	case err != nil:
		return before, false, fmt.Errorf("read %s %s: %w", k.word, e.id, err)
	}
	return before, true, nil
}

// change puts the work into a closure: a plan holds changes of all kinds.
func (k kind[T]) change(e entry[T], differ []Difference, before, after T) Change {
	c := Change{Kind: k.word, Action: Update, ID: e.id, At: e.at, Differences: differ}
	if e.id == "" {
		c.Action = Create
		_, c.Name = k.key(after)
		c.make = func(ctx context.Context) result { return k.create(ctx, after) }
		return c
	}
	_, c.Name = k.key(before)
	c.make = func(ctx context.Context) result { return k.replace(ctx, e.id, before, after) }
	return c
}

// names is the name of each id of one kind.
type names map[string]string

// names reads them if an entry is matched by its name or gives one.
func (k kind[T]) names(ctx context.Context, entries []entry[T]) (names, error) {
	all := names{}
	if k.list == nil || !slices.ContainsFunc(entries, func(e entry[T]) bool { return e.name != "" }) {
		return all, nil
	}
	things, err := k.list(ctx)
	if err != nil {
		return nil, fmt.Errorf("list %ss: %w", k.word, err)
	}
	for _, thing := range things {
		id, name := k.key(thing)
		all[id] = name
	}
	return all, nil
}

func (n names) owner(name string) (id string) {
	for id, other := range n {
		if other == name && name != "" {
			return id
		}
	}
	return ""
}

// give lets a thing have a name from here on: names are unique at every moment.
func (n names) give(f *faults, word, at, id, name string) {
	switch owner := n.owner(name); {
	case name == "":
	case owner != "" && owner != id:
		f.add(at+".name", fmt.Sprintf("is the name of %s %s: if that one is to be renamed, put its entry before this one", word, owner))
	case id == "":
		n[at] = name
	default:
		n[id] = name
	}
}
